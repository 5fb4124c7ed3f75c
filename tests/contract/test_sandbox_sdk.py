"""The official Python client, synchronous and asynchronous, through the whole of the API."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.answers import Judge, Rules
from tests.conformance.official import amend
from tests.conformance.parameters import described, sent
from tests.conformance.watch import watching
from tests.contract.sandbox_kit import (
    GRADER,
    GRADERS,
    MODEL,
    PREFERENCES,
    PROMPTS,
    dataset,
    sandbox,
)
from tests.contract.sdk_kit import KINDS, Sdk, Step, drive

SPEC = os.environ.get("CONFORMANCE_SPEC")
DATA = dataset(40)
SOON = {"anchor": "created_at", "seconds": 3600}


async def files(sdk: Sdk) -> None:
    """Create, wait, read, list to the end, delete."""
    files = sdk.client.files
    made = [
        await sdk.do(files.create(file=("a.jsonl", DATA), purpose="fine-tune", expires_after=SOON))
        for _ in range(5)
    ]
    ready = await sdk.do(files.wait_for_processing(made[0].id, poll_interval=0.01))
    assert (ready.status, ready.expires_at) == ("processed", ready.created_at + 3600)
    assert (await sdk.do(files.content(ready.id))).read() == DATA
    ids = [each.id for each in made]
    found = await sdk.every(files.list(limit=2, order="asc", purpose="fine-tune"))
    assert [each.id for each in found] == ids
    assert [each.id for each in await sdk.every(files.list(after=ids[2]))] == ids[1::-1]
    assert (await sdk.do(files.delete(ids[0]))).deleted
    assert await sdk.do(files.retrieve(ids[1])) == made[1]


async def uploads(sdk: Sdk) -> None:
    """Parts in any order make a file; the helper cuts them itself; one is cancelled."""
    uploads, md5 = sdk.client.uploads, hashlib.md5(DATA).hexdigest()
    asked = {"filename": "a.jsonl", "mime_type": "text/jsonl", "purpose": "fine-tune"}
    begun = await sdk.do(uploads.create(bytes=len(DATA), expires_after=SOON, **asked))
    last = await sdk.do(uploads.parts.create(begun.id, data=DATA[99:]))
    first = await sdk.do(uploads.parts.create(begun.id, data=DATA[:99]))
    done = await sdk.do(uploads.complete(begun.id, part_ids=[first.id, last.id], md5=md5))
    assert (done.status, done.file.bytes) == ("completed", len(DATA))
    assert done.file.expires_at == done.file.created_at + 3600
    chunked = uploads.upload_file_chunked(
        file=DATA, bytes=len(DATA), part_size=1000, md5=md5, **asked
    )
    assert (await sdk.do(sdk.client.files.content((await sdk.do(chunked)).file.id))).read() == DATA
    again = await sdk.do(uploads.create(bytes=1, **asked))
    assert (await sdk.do(uploads.cancel(again.id))).status == "cancelled"


async def supervised(sdk: Sdk) -> None:
    """A job with every field there is: its lists to their ends, its model, its end."""
    jobs, file = sdk.client.fine_tuning.jobs, sdk.box.upload().id
    wandb = {"project": "p", "name": "n", "entity": "e", "tags": ["t"]}
    numbers = {"n_epochs": 4, "batch_size": 2, "learning_rate_multiplier": 0.5}
    job = await sdk.do(
        jobs.create(
            model=MODEL,
            training_file=file,
            validation_file=file,
            method={"type": "supervised", "supervised": {"hyperparameters": numbers}},
            suffix="support",
            seed=7,
            integrations=[{"type": "wandb", "wandb": wandb}],
            metadata={"team": "support"},
        )
    )
    assert job.method.supervised.hyperparameters.to_dict() == numbers
    assert (job.status, job.seed, job.metadata) == ("validating_files", 7, {"team": "support"})
    sdk.box.clock.now += 60
    assert (await sdk.do(jobs.retrieve(job.id))).status == "succeeded"
    events = await sdk.every(jobs.list_events(job.id, limit=5))
    assert events[0].message == "The job has successfully completed"
    older = await sdk.every(jobs.list_events(job.id, after=events[-2].id))
    assert [each.id for each in older] == [events[-1].id]
    saved = await sdk.every(jobs.checkpoints.list(job.id, limit=1))
    assert [each.step_number for each in saved] == [24, 18, 12]
    rest = await sdk.every(jobs.checkpoints.list(job.id, after=saved[1].id))
    assert [each.id for each in rest] == [saved[2].id]


async def legacy(sdk: Sdk) -> None:
    """Hyperparameters at their old place, and lists of jobs by page and by metadata."""
    jobs, asked = sdk.client.fine_tuning.jobs, {"training_file": sdk.box.upload().id}
    numbers = {"n_epochs": 2, "batch_size": "auto", "learning_rate_multiplier": "auto"}
    made = [
        await sdk.do(jobs.create(model=MODEL, hyperparameters=numbers, metadata={"n": n}, **asked))
        for n in "123"
    ]
    assert made[0].hyperparameters.to_dict() == numbers
    ids = [each.id for each in made][::-1]
    assert [each.id for each in await sdk.every(jobs.list(limit=1))] == ids
    assert [each.id for each in await sdk.every(jobs.list(after=ids[0]))] == ids[1:]
    (found,) = await sdk.every(jobs.list(metadata={"n": "2"}))
    assert found.id == ids[1]


async def preference(sdk: Sdk) -> None:
    """A job that learns from preferences, with all its numbers."""
    numbers = {"n_epochs": 1, "batch_size": 1, "learning_rate_multiplier": 2.0, "beta": 0.5}
    job = await sdk.do(
        sdk.client.fine_tuning.jobs.create(
            model=MODEL,
            training_file=sdk.box.upload(PREFERENCES).id,
            method={"type": "dpo", "dpo": {"hyperparameters": numbers}},
        )
    )
    assert job.method.dpo.hyperparameters.to_dict() == numbers


async def reinforcement(sdk: Sdk) -> None:
    """A job that is graded, with all its numbers."""
    numbers = {
        "n_epochs": 1,
        "batch_size": 1,
        "learning_rate_multiplier": 2.0,
        "compute_multiplier": 2.0,
        "eval_interval": 3,
        "eval_samples": 4,
        "reasoning_effort": "low",
    }
    file = sdk.box.upload(PROMPTS).id
    settings = {"grader": GRADER, "hyperparameters": numbers}
    job = await sdk.do(
        sdk.client.fine_tuning.jobs.create(
            model="o4-mini",
            training_file=file,
            validation_file=file,
            method={"type": "reinforcement", "reinforcement": settings},
        )
    )
    assert job.method.reinforcement.hyperparameters.to_dict() == numbers
    assert job.method.reinforcement.grader.to_dict() == GRADER


async def graders(sdk: Sdk) -> None:
    """Every kind of grader is found good; the client has no type for a map of graders."""
    for grader in (each for each in GRADERS if each.get("calculate_output") != "one"):
        found = await sdk.do(sdk.client.fine_tuning.alpha.graders.validate(grader=grader))
        assert found.to_dict()["grader"]["name"] == grader["name"]


async def stops(sdk: Sdk) -> None:
    """A job is paused, resumed and cancelled."""
    jobs, job = sdk.client.fine_tuning.jobs, sdk.box.job()
    # The client's own type does not know the status that the endpoint's example shows.
    raw = await sdk.do(jobs.with_raw_response.pause(job.id))
    assert raw.http_response.json()["status"] == "paused"
    assert (await sdk.do(jobs.resume(job.id))).status == "validating_files"
    assert (await sdk.do(jobs.cancel(job.id))).status == "cancelled"


async def models(sdk: Sdk) -> None:
    """A trained model is listed, told and deleted."""
    models, name = sdk.client.models, sdk.box.trained().fine_tuned_model
    assert name in [each.id for each in await sdk.every(models.list())]
    assert (await sdk.do(models.retrieve(name))).owned_by == "sandbox"
    assert (await sdk.do(models.delete(name))).deleted


TOOL = {"type": "function", "function": {"name": "track", "parameters": {"type": "object"}}}
CALL = {"id": "call_1", "type": "function", "function": {"name": "track", "arguments": "{}"}}
ASKED: dict[str, Any] = {
    "messages": [
        {"role": "developer", "content": "Be kind."},
        {"role": "user", "name": "ann", "content": [{"type": "text", "text": "Where is it?"}]},
        {"role": "assistant", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "call_1", "content": "T3"},
        {"role": "user", "content": "Where is order 3?"},
    ],
    "temperature": 0.5,
    "top_p": 0.9,
    "frequency_penalty": 0.1,
    "presence_penalty": -0.1,
    "seed": 7,
    "stop": ["\n"],
    "tools": [TOOL],
    "tool_choice": "auto",
}


async def chat(sdk: Sdk) -> None:
    """A trained model answers as its data says, in as many choices and of the kind asked for."""
    name = sdk.box.trained().fine_tuned_model
    create = sdk.client.chat.completions.create
    plain = await sdk.do(create(model=name, n=2, max_completion_tokens=50, **ASKED))
    assert [each.message.content for each in plain.choices] == ["The order 3 has tracking T3."] * 2
    assert plain.usage.total_tokens == plain.usage.prompt_tokens + plain.usage.completion_tokens
    short = await sdk.do(create(model=name, max_tokens=2, **ASKED))
    assert short.choices[0].finish_reason == "length"
    wanted = {"type": "json_schema", "json_schema": {"name": "j", "schema": {"type": "object"}}}
    formed = await sdk.do(create(model=name, response_format=wanted, **ASKED))
    assert formed.choices[0].message.content == "{}"
    free = await sdk.do(create(model=name, response_format={"type": "json_object"}, **ASKED))
    assert free.choices[0].message.content == '{"answer": "The order 3 has tracking T3."}'
    named = {"type": "function", "function": {"name": "track"}}
    called = await sdk.do(create(model=name, **ASKED | {"tool_choice": named}))
    assert called.choices[0].message.tool_calls[0].function.name == "track"


async def stream(sdk: Sdk) -> None:
    """The chunks of a stream make up the answer; the last one tells the usage."""
    asked = {"stream": True, "stream_options": {"include_usage": True}}
    name = sdk.box.trained().fine_tuned_model
    chunks = await sdk.every(sdk.client.chat.completions.create(model=name, **asked, **ASKED))
    said = (each.choices[0].delta.content for each in chunks if each.choices)
    assert "".join(text or "" for text in said) == "The order 3 has tracking T3."
    assert chunks[-1].usage.total_tokens > 0


STEPS: tuple[Step, ...] = (
    *(files, uploads, supervised, legacy, preference, reinforcement),
    *(graders, stops, models, chat, stream),
)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_the_client_is_served(step: Step, kind: str) -> None:
    """Each step goes through, and each answer has the types of the client."""
    with sandbox() as box:
        drive(kind, box, step)


@pytest.mark.skipif(SPEC is None, reason="CONFORMANCE_SPEC names no official OpenAPI file")
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_every_answer_is_as_officially_specified(step: Step) -> None:
    """Where the official file is at hand, answers are held against it as well."""
    judge = Judge(Rules(amend(json.loads(Path(SPEC or "").read_text(encoding="utf-8")))))
    with watching(judge.see), sandbox() as box:
        drive("sync", box, step)
    assert judge.problems == []


def test_the_steps_leave_nothing_out() -> None:
    """Together they send every parameter of every endpoint of the description."""
    told: set[tuple[str, str]] = set()
    with watching(lambda exchange: told.update(sent(exchange))):
        for step in STEPS:
            with sandbox() as box:
                drive("sync", box, step)
    assert described() - told == set()
