// Drives a simulator with the official npm client: `node npm_client.mjs PACKAGES BASE_URL`.
// PACKAGES is a folder with `node_modules/openai` in it. Prints the name of each step it has done.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const [packages, baseURL] = process.argv.slice(2);
const { default: OpenAI, toFile } = createRequire(`${packages}/`)("openai");
const client = new OpenAI({ apiKey: "test", baseURL, maxRetries: 0 });
const model = "gpt-4.1-mini-2025-04-14";

const line = (n) => ({
  messages: [
    { role: "user", content: `Where is order ${n}?` },
    { role: "assistant", content: `The order ${n} has tracking T${n}.` },
  ],
});
const data = [...Array(12).keys()].map((n) => `${JSON.stringify(line(n))}\n`).join("");
const upload = async () =>
  client.files.create({ file: await toFile(Buffer.from(data), "a.jsonl"), purpose: "fine-tune" });

const every = async (pages) => {
  const found = [];
  for await (const each of pages) found.push(each.id);
  return found;
};

const later = (seconds) =>
  fetch(baseURL.replace("/v1", "/sandbox/clock"), {
    method: "POST",
    body: JSON.stringify({ advance: seconds }),
  });

const steps = {
  async files() {
    const made = [await upload(), await upload(), await upload()];
    const ready = await client.files.waitForProcessing(made[0].id, { pollInterval: 10 });
    assert.equal(ready.status, "processed");
    assert.equal(await (await client.files.content(ready.id)).text(), data);
    const ids = made.map((each) => each.id);
    assert.deepEqual(await every(client.files.list({ limit: 2, order: "asc" })), ids);
    assert.equal((await client.files.delete(ready.id)).deleted, true);
  },

  async uploads() {
    const bytes = Buffer.from(data);
    const asked = { filename: "a.jsonl", purpose: "fine-tune", mime_type: "text/jsonl" };
    const begun = await client.uploads.create({ bytes: bytes.length, ...asked });
    const parts = [];
    for (const piece of [bytes.subarray(0, 99), bytes.subarray(99)]) {
      const part = { data: await toFile(piece, "part") };
      parts.push((await client.uploads.parts.create(begun.id, part)).id);
    }
    const done = await client.uploads.complete(begun.id, { part_ids: parts });
    assert.equal(await (await client.files.content(done.file.id)).text(), data);
    const again = await client.uploads.create({ bytes: 1, ...asked });
    assert.equal((await client.uploads.cancel(again.id)).status, "cancelled");
  },

  async jobs() {
    const { jobs } = client.fineTuning;
    const asked = { model, training_file: (await upload()).id, metadata: { team: "a" } };
    const job = await jobs.create({ ...asked, suffix: "npm", seed: 7 });
    const other = await jobs.create({ ...asked, metadata: { team: "b" } });
    assert.deepEqual(await every(jobs.list({ limit: 1 })), [other.id, job.id]);
    assert.deepEqual(await every(jobs.list({ metadata: { team: "a" } })), [job.id]);
    assert.equal((await jobs.pause(other.id)).status, "paused");
    assert.equal((await jobs.resume(other.id)).status, "validating_files");
    assert.equal((await jobs.cancel(other.id)).status, "cancelled");
    await later(60);
    const done = await jobs.retrieve(job.id);
    assert.equal(done.status, "succeeded");
    assert.ok((await every(jobs.listEvents(job.id, { limit: 30 }))).length > 100);
    assert.equal((await every(jobs.checkpoints.list(job.id, { limit: 1 }))).length, 3);
  },

  async models() {
    const names = await every(client.models.list());
    const name = names.find((each) => each.startsWith("ft:") && !each.includes("ckpt"));
    assert.equal((await client.models.retrieve(name)).id, name);
    const asked = { model: name, messages: [{ role: "user", content: "Where is order 3?" }] };
    const whole = await client.chat.completions.create(asked);
    assert.equal(whole.choices[0].message.content, "The order 3 has tracking T3.");
    let text = "";
    for await (const chunk of await client.chat.completions.create({ ...asked, stream: true })) {
      text += chunk.choices[0].delta.content ?? "";
    }
    assert.equal(text, "The order 3 has tracking T3.");
    assert.equal((await client.models.delete(name)).deleted, true);
  },

  async errors() {
    const gone = { status: 404, code: "fine_tune_not_found", param: "fine_tune_id" };
    await assert.rejects(client.fineTuning.jobs.retrieve("ftjob-x"), gone);
    await assert.rejects(client.fineTuning.jobs.create({ model }), {
      status: 400,
      code: "missing_required_parameter",
      param: "training_file",
    });
    await assert.rejects(client.models.delete(model), { status: 403, param: "model" });
  },
};

for (const [name, step] of Object.entries(steps)) {
  await step();
  console.log(name);
}
