"""The rules of the manifest: the file, what it says, the paths it names."""

from collections.abc import Mapping

from reconciler.rules.rule import Rule, error

MANIFEST: Mapping[str, Rule] = {
    # The manifest as a file
    "no-manifest": error(
        "There is no manifest where one was looked for. `reconciler init` writes one."
    ),
    "empty-manifest": error(
        "The manifest holds nothing. It needs at least `version` and `project`."
    ),
    "unreadable-manifest": error(
        "The manifest is there and cannot be read: a folder, or no permission."
    ),
    "not-yaml": error("The text is not YAML; the place is where the parser gave up."),
    "wrong-encoding": error(
        "A manifest is UTF-8, with a byte order mark at its start at the most."
    ),
    "hidden-character": error(
        "Control characters and NUL have no place in a manifest: they hide text."
    ),
    "tab-indent": error(
        "YAML is indented with spaces; a tab has no width that all readers agree on."
    ),
    "many-documents": error("A manifest is one YAML document; `---` may stand at its start only."),
    "too-large": error(
        "A manifest has at most 64 MiB and 2,000,000 nodes, and its anchors may expand it at "
        "most tenfold. Larger ones are attacks far more often than manifests."
    ),
    "too-deep": error(
        "A manifest is nested at most 32 levels deep, an example of a dataset at most 256."
    ),
    "duplicate-key": error(
        "A key stands twice in one mapping; most readers of YAML and JSON silently take the last."
    ),
    "complex-key": error("Keys are plain text."),
    "unknown-anchor": error("An alias `*name` needs an anchor `&name` before it."),
    "recursive-anchor": error("An anchor may not contain itself."),
    "unknown-tag": error("Explicit tags such as `!!python/object` are not read."),
    "number-range": error(
        "Whole numbers stay within ±2^53, so that every JSON reader agrees on them."
    ),
    # What it says
    "unknown-key": error(
        "Keys are strict: a misspelt key would otherwise be a setting silently lost."
    ),
    "missing-key": error("A required key is not there."),
    "wrong-type": error(
        "The value is of another type. Only `true` and `false` are booleans; a number that is "
        "meant as text needs quotes."
    ),
    "unknown-value": error("The value is not one of those that are possible."),
    "invalid-value": error("The value has the right type, and still cannot be meant."),
    "wrong-format": error("The text has not the form that is asked for."),
    "out-of-range": error("The number is outside what the API accepts."),
    "wrong-length": error("The text or list is shorter or longer than the API accepts."),
    "bad-name": error("Names match [a-z0-9][a-z0-9_-]{0,62}: they become parts of file names."),
    "bad-address": error("An address is KIND.NAME, for example jobs.support-bot."),
    "bad-url": error("A base URL is https://HOST/v1, without user, password, query or fragment."),
    "newer-version": error("The manifest is of a newer format: upgrade reconciler."),
    "unknown-section": error("An address names a kind that does not exist."),
    "unknown-reference": error(
        "A job names its files by their names in this manifest, so that a plan can tell changed"
        " data from changed settings. A live object is bound by `import`."
    ),
    "secret-in-manifest": error(
        "Something looks like a key. Keys come from the environment alone: a manifest is "
        "reviewed, and stays in git for ever. Revoke the key if it was committed."
    ),
    "stated-twice": error(
        "Two statements are about one address; which one holds would be a guess."
    ),
    "moved-but-declared": error("`moved.from` is still declared: then nothing has moved."),
    "points-nowhere": error(
        "An alias is of a `job`, of one of several `candidates`, or of a model that is pinned: "
        "`pin`."
    ),
    "points-twice": error("An alias is of one `job`, or of one of several `candidates`."),
    "chooses-by-nothing": error(
        "`candidates` says between which jobs an alias chooses, `select` by which loss."
    ),
    "no-such-loss": error(
        "Only a job with a `validation_file` measures a validation loss. It would be known when "
        "the training is paid for."
    ),
    "asks-nothing": error("A check asks something: `messages`, or a file of `cases`."),
    "expects-nothing": error("A check expects something of the answer: `expect`."),
    "bad-case": error(
        "A line of `cases` is a JSON object with `messages`, and `expect` where it differs."
    ),
    "no-cases": error("A file of cases holds one case at the least."),
    "too-many-cases": error("A file of cases has 1,000 lines and 4 MiB at the most."),
    "bad-model": error("The id of a model has letters, digits and `. _ : / @ + -` alone."),
    "no-import": error(
        "An alias is no object of the API, so none can be imported: `pin` names a model."
    ),
    "same-variable": error(
        "Two aliases would be one variable in a file of `outputs`: it has capitals and `_` alone."
    ),
    "moved-across": error("A resource moves within its kind."),
    "moved-chain": error("Name the first and the last address of several moves."),
    "removed-and-moved": error("An address was either removed or moved."),
    "removed-but-declared": error(
        "`removed` says what becomes of something that is no longer declared."
    ),
    # What it says of jobs
    "deprecated-key": error(
        "The API once had `hyperparameters` beside `method`, and still takes it. One place for "
        "a setting is enough: under the method that it is for."
    ),
    "misplaced-settings": error(
        "The settings of a method stand under the key of its name, as in the API. Those of "
        "another method decide nothing, and would only seem to."
    ),
    "needs-validation-file": error(
        "Reinforcement fine-tuning grades answers to validation examples while it trains."
    ),
    "reserved-key": error(
        "The name is taken: metadata under `reconciler_…` is the marker by which a job is found"
        " again, and `extra` holds only what is no field of a job."
    ),
    "bad-template": error(
        "Graders read `{{item.FIELD}}` of the example and `{{sample.output_text}}` of the "
        "answer. Anything else would be graded as plain text, and paid for."
    ),
    "bad-formula": error("`calculate_output` makes one score of those of the named graders."),
    "alias-as-base": error(
        "A job trains on a model that stays the same: an id, or the model of another job. An "
        "entry of `models` points elsewhere after each promotion."
    ),
    "missing-include": error(
        "A pattern of `include` matches no file: a folder that is not checked out would look "
        "like resources that nobody declares any more."
    ),
    "no-environment": error("The manifest has environments, and none was chosen: `--env` chooses."),
    "unknown-environment": error("`--env` names none of the manifest's environments."),
    "undefined-variable": error("`${var:NAME}` names none of the manifest's `vars`."),
    "unset-variable": error(
        "`${env:RECONCILER_VAR_NAME}` is not set and has no default: write "
        "`${env:RECONCILER_VAR_NAME:-default}`. No other variable is ever read."
    ),
    "bad-reference": error(
        "`${` stands where nothing is filled in, or is not written `${var:NAME}`. A literal "
        "`${` is written `$${`."
    ),
    "circular-reference": error(
        "Jobs start from each other's models in a circle: none is the first."
    ),
    # Paths
    "missing-dataset": error(
        "The file or object is not there. Paths start at the manifest's folder."
    ),
    "bad-dataset-url": error(
        "The URL of a dataset names a place and nothing else: https://HOST/PATH, or an object of "
        "s3://, gs:// or az://. A password or a signature in it would be in git."
    ),
    "host-not-allowed": error(
        "A manifest may come from a pull request; it must not decide what is read with the "
        "runner's rights. The operator lists hosts and buckets in RECONCILER_ALLOWED_HOSTS."
    ),
    "forbidden-dataset": error(
        "The credentials of the environment may not read the object, or there are none."
    ),
    "path-outside": error(
        "A manifest may come from a pull request; it must not upload /etc/passwd. Paths stay "
        "below its folder, links followed, unless `--allow-path` opens another one."
    ),
    "forbidden-path": error("`.git` may hold tokens."),
    "bad-path": error("The path is empty, too long, or its links form a loop."),
    "not-a-file": error("Folders, devices and pipes have no content to fingerprint."),
    "unreadable": error("The system refuses to read the file."),
    "unreadable-dataset": error("The system, or the server, does not give out the bytes."),
    "bad-lock": error(
        "`reconciler.lock.yaml` is not as `validate --lock` writes it, or is not there, and "
        "`--locked` was asked for."
    ),
    "changed-while-read": error(
        "Somebody wrote to the file while it was read; its digest would be that of no version "
        "of it."
    ),
}
