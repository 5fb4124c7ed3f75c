"""What every rule means and why it is there: `reconciler explain CODE`.

A test asserts that each code that the manifest and dataset checks can give stands here.
"""

from collections.abc import Mapping

RULES: Mapping[str, str] = {
    # The manifest as a file
    "no-manifest": "There is no manifest where one was looked for. `reconciler init` writes one.",
    "empty-manifest": "The manifest holds nothing. It needs at least `version` and `project`.",
    "unreadable-manifest": "The manifest is there and cannot be read: a folder, or no permission.",
    "not-yaml": "The text is not YAML; the place is where the parser gave up.",
    "wrong-encoding": "A manifest is UTF-8, with a byte order mark at its start at the most.",
    "hidden-character": "Control characters and NUL have no place in a manifest: they hide text.",
    "tab-indent": "YAML is indented with spaces; a tab has no width that all readers agree on.",
    "many-documents": "A manifest is one YAML document; `---` may stand at its start only.",
    "too-large": "A manifest has at most 64 MiB and 2,000,000 nodes, and its anchors may expand it "
    "at most tenfold. Larger ones are attacks far more often than manifests.",
    "too-deep": "A manifest is nested at most 32 levels deep.",
    "duplicate-key": "A key stands twice in one mapping; most YAML readers silently take the last.",
    "complex-key": "Keys are plain text.",
    "unknown-anchor": "An alias `*name` needs an anchor `&name` before it.",
    "recursive-anchor": "An anchor may not contain itself.",
    "unknown-tag": "Explicit tags such as `!!python/object` are not read.",
    "number-range": "Whole numbers stay within ±2^53, so that every JSON reader agrees on them.",
    # What it says
    "unknown-key": "Keys are strict: a misspelt key would otherwise be a setting silently lost.",
    "missing-key": "A required key is not there.",
    "wrong-type": "The value is of another type. Only `true` and `false` are booleans; a number "
    "that is meant as text needs quotes.",
    "unknown-value": "The value is not one of those that are possible.",
    "invalid-value": "The value has the right type, and still cannot be meant.",
    "out-of-range": "The number is outside what the API accepts.",
    "wrong-length": "The text or list is shorter or longer than the API accepts.",
    "bad-name": "Names match [a-z0-9][a-z0-9_-]{0,62}: they become parts of file names.",
    "bad-address": "An address is KIND.NAME, for example jobs.support-bot.",
    "bad-url": "A base URL is https://HOST/v1, without user, password, query or fragment.",
    "newer-version": "The manifest is of a newer format: upgrade reconciler.",
    "unknown-section": "An address names a kind that does not exist.",
    "unknown-reference": "A job names its files by their names in this manifest, so that a "
    "plan can tell changed data from changed settings. A live object is bound by `import`.",
    "secret-in-manifest": "Something looks like a key. Keys come from the environment alone: a "
    "manifest is reviewed, and stays in git for ever. Revoke the key if it was committed.",
    "stated-twice": "Two statements are about one address; which one holds would be a guess.",
    "moved-but-declared": "`moved.from` is still declared: then nothing has moved.",
    "moved-across": "A resource moves within its kind.",
    "moved-chain": "Name the first and the last address of several moves.",
    "removed-and-moved": "An address was either removed or moved.",
    "removed-but-declared": "`removed` says what becomes of something that is no longer declared.",
    # What it says of jobs
    "deprecated-key": "The API once had `hyperparameters` beside `method`, and still takes it. "
    "One place for a setting is enough: under the method that it is for.",
    "misplaced-settings": "The settings of a method stand under the key of its name, as in the "
    "API. Those of another method decide nothing, and would only seem to.",
    "needs-validation-file": "Reinforcement fine-tuning grades answers to validation examples "
    "while it trains.",
    "reserved-key": "The name is taken: metadata under `reconciler_…` is the marker by which a job "
    "is found again, and `extra` holds only what is no field of a job.",
    "bad-template": "Graders read `{{item.FIELD}}` of the example and `{{sample.output_text}}` of "
    "the answer. Anything else would be graded as plain text, and paid for.",
    "bad-formula": "`calculate_output` makes one score of those of the named graders.",
    "alias-as-base": "A job trains on a model that stays the same: an id, or the model of another "
    "job. An entry of `models` points elsewhere after each promotion.",
    "missing-include": "A pattern of `include` matches no file: a folder that is not checked out "
    "would look like resources that nobody declares any more.",
    "no-environment": "The manifest has environments, and none was chosen: `--env` chooses.",
    "unknown-environment": "`--env` names none of the manifest's environments.",
    "undefined-variable": "`${var:NAME}` names none of the manifest's `vars`.",
    "unset-variable": "`${env:RECONCILER_VAR_NAME}` is not set and has no default: write "
    "`${env:RECONCILER_VAR_NAME:-default}`. No other variable is ever read.",
    "bad-reference": "`${` stands where nothing is filled in, or is not written `${var:NAME}`. "
    "A literal `${` is written `$${`.",
    "circular-reference": "Jobs start from each other's models in a circle: none is the first.",
    # Paths
    "missing-dataset": "The file is not there. Paths start at the manifest's folder.",
    "path-outside": "A manifest may come from a pull request; it must not upload /etc/passwd. "
    "Paths stay below its folder, links followed, unless `--allow-path` opens another one.",
    "forbidden-path": "`.git` may hold tokens.",
    "bad-path": "The path is empty, too long, or its links form a loop.",
    "not-a-file": "Folders, devices and pipes have no content to fingerprint.",
    "unreadable": "The system refuses to read the file.",
    "unreadable-dataset": "The system refuses to read the file.",
    "changed-while-read": "Somebody wrote to the file while it was read; its digest would be that "
    "of no version of it.",
    # Datasets
    "not-json": "Every line of a dataset is one JSON object. The API refuses the upload.",
    "not-an-object": "Every line is an object, `{...}`; this one is something else.",
    "bad-utf8": "Datasets are UTF-8.",
    "bom": "A byte order mark is not JSON; some servers refuse the first line for it.",
    "blank-line": "A blank line is no example; some servers count it, some refuse it.",
    "line-too-long": "A line is longer than any model could be trained on.",
    "lone-surrogate": "Half of a character (\\ud800 … \\udfff) cannot be written as UTF-8.",
    "number-too-long": "A number has more digits than any reader keeps.",
    "nan": "NaN and infinities are not JSON.",
    "wrong-format": "The lines are of another format than the entry's `format` says.",
    "mixed-formats": "A file holds examples of one format: chat, dpo, reinforcement or completion.",
    "too-few-examples": "The API fails a job whose training file has fewer than 10 examples, after "
    "it was queued.",
    "missing-messages": "A chat example has a list `messages` with at least one message.",
    "missing-role": "Every message has a role: system, developer, user, assistant or tool.",
    "unknown-role": "The API knows system, developer, user, assistant, tool and function.",
    "missing-content": "A message has content; an assistant's may have tool calls instead.",
    "bad-content": "Content is text, or a list of parts.",
    "no-assistant": "Training needs at least one assistant message in each example: it is what is "
    "learned.",
    "last-not-user": "An example for reinforcement ends with the user's message.",
    "extra-key": 'The API fails the job: "Example 1 contains an extra ...".',
}

EXITS: Mapping[str, str] = {
    "0": "Done, in sync, or started and running (without --wait).",
    "1": "Something failed, or a standing failure: a desired job failed and waits for a person.",
    "2": "Changes are pending; only with plan --detailed-exitcode.",
    "3": "Refused: a guard, a protection, a foreign or damaged state. Nothing was sent.",
    "4": "Another process holds the lock of the state.",
    "5": "Unsettled: it is not known whether something happened. A person must look, or wait; run "
    "apply again, it looks for what was made before it makes anything.",
    "6": "The deadline came. Run the same command again: it goes on from there.",
    "64": "The command line asks for what cannot be done.",
    "65": "The manifest or a dataset is invalid.",
    "130": "Interrupted. Everything done so far is in the state.",
}
