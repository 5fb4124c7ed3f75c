"""The words of findings: one row a kind of mistake."""

import pytest

from tests.unit.manifests.specs import problems

JOB = "project: x\njobs:\n  bot:\n    model: m\n    training_file: t\n"
HYPER = "method.supervised.hyperparameters"
ROWS = {
    "suffix: 12": ("wrong-type", "suffix must be a string, found the number 12", 'quote it: "12"'),
    "suffix: 1e3": ("wrong-type", "suffix must be a string, found the number 1000.0", "quote it"),
    "suffix: true": ("wrong-type", "suffix must be a string, found true", 'quote it: "true"'),
    "suffix: [a]": ("wrong-type", "suffix must be a string, found a list", ""),
    "suffix: {a: b}": ("wrong-type", "suffix must be a string, found a mapping", ""),
    'suffix: ""': ("wrong-length", 'suffix must not be empty, found the string ""', ""),
    "suffix: abcdefghi": (
        "wrong-length",
        'suffix must have at most 8 characters, found the string "abcdefghi"',
        "",
    ),
    "suffix: UP": ("wrong-format", 'suffix must match ^[a-z-]+$, found the string "UP"', ""),
    'seed: "7"': (
        "wrong-type",
        'seed must be a whole number, found the string "7"',
        "write 7 without quotes",
    ),
    "seed: 012": ("wrong-type", 'seed must be a whole number, found the string "012"', "write 12"),
    "seed: 0x1f": (
        "wrong-type",
        'seed must be a whole number, found the string "0x1f"',
        "write 31",
    ),
    "seed: 0o17": (
        "wrong-type",
        'seed must be a whole number, found the string "0o17"',
        "write 15",
    ),
    "seed: 1_0": ("wrong-type", 'seed must be a whole number, found the string "1_0"', "write 10"),
    'seed: "99999999999999999999"': (
        "wrong-type",
        'seed must be a whole number, found the string "99999999999999999999"',
        "",
    ),
    "parent: bot": ("invalid-value", "parent: a job cannot be its own parent", ""),
    "seed: 1:30": ("wrong-type", 'seed must be a whole number, found the string "1:30"', ""),
    "seed: 4.0": ("wrong-type", "seed must be a whole number, found the number 4.0", "write 4"),
    "seed: 4.5": ("wrong-type", "seed must be a whole number, found the number 4.5", ""),
    "seed: true": ("wrong-type", "seed must be a whole number, found true", ""),
    "seed: -1": ("out-of-range", "seed must be at least 0, found the number -1", ""),
    "seed: 101": ("out-of-range", "seed must be at most 100, found the number 101", ""),
    "seeed: 1": ("unknown-key", 'unknown key "seeed" in jobs.bot', 'did you mean "seed"?'),
    "tags: a": ("wrong-type", 'tags must be a list, found the string "a"', ""),
    "tags: ~": ("wrong-type", "tags must be a list, found nothing", ""),
    "tags: [1]": ("wrong-type", "tags[0] must be a string, found the number 1", 'quote it: "1"'),
    "metadata: {a: b, c: d, e: f}": (
        "wrong-length",
        "metadata must have at most 2 items, found a mapping",
        "",
    ),
    "method: x": ("wrong-type", 'method must be a mapping, found the string "x"', ""),
    "method: {}": ("missing-key", 'missing key "type" in jobs.bot.method', "add type: …"),
    "method: {type: doo}": (
        "unknown-value",
        'method.type must be supervised or dpo, found the string "doo"',
        'did you mean "dpo"?',
    ),
    "method: {type: dpo, supervised: {hyperparameters: {n_epochs: four}}}": (
        "wrong-type",
        f'{HYPER}.n_epochs must be "auto" or a whole number, found the string "four"',
        "",
    ),
    "method: {type: dpo, supervised: {hyperparameters: {n_epochs: 51}}}": (
        "out-of-range",
        f"{HYPER}.n_epochs must be at most 50, found the number 51",
        "",
    ),
    "method: {type: dpo, supervised: {hyperparameters: {learning_rate_multiplier: 0}}}": (
        "out-of-range",
        f"{HYPER}.learning_rate_multiplier must be more than 0.0, found the number 0",
        "",
    ),
    "grader: {}": ("missing-key", 'missing key "type" in jobs.bot.grader', "add type: …"),
    "grader: {type: exat}": (
        "unknown-value",
        'grader.type must be exact or alike, found the string "exat"',
        'did you mean "exact"?',
    ),
    "grader: {type: exact}": (
        "missing-key",
        'missing key "reference" in jobs.bot.grader',
        "add reference: …",
    ),
    "grader: {type: alike, threshhold: 1}": (
        "unknown-key",
        'unknown key "threshhold" in jobs.bot.grader',
        'did you mean "threshold"?',
    ),
    "grader: {type: alike, threshold: 0.3}": (
        "out-of-range",
        "grader.threshold must be a multiple of 0.25, found the number 0.3",
        "",
    ),
    "shape: 3": (
        "wrong-type",
        "shape must be a string or a mapping, found the number 3",
        'quote it: "3"',
    ),
    "shape: {type: exact}": (
        "missing-key",
        'missing key "reference" in jobs.bot.shape',
        "add reference: …",
    ),
}


@pytest.mark.parametrize("line", ROWS)
def test_words(line: str) -> None:
    """Each mistake is one problem, at its key, in the words of someone who writes YAML."""
    code, what, cure = ROWS[line]
    (problem,) = problems(f"{JOB}    {line}\n")
    assert problem.what in (what, f"jobs.bot.{what}")
    assert (problem.code, problem.cure) == (code, cure)
    assert problem.mark
    assert problem.mark.line == 6


@pytest.mark.parametrize(
    ("word", "cure"),
    [("yes", "true"), ("No", "false"), ("on", "true"), ("OFF", "false"), ("True", "true")],
)
def test_only_true_and_false_are_booleans(word: str, cure: str) -> None:
    """Where a boolean was wanted, the other spellings are strings, and the error says so."""
    (problem,) = problems(f"project: x\nfiles: {{a: {{path: b, protect: {word}}}}}")
    assert problem.what == f'files.a.protect must be true or false, found the string "{word}"'
    assert problem.cure == f"write {cure}"
    assert problem.why.startswith("only true and false are booleans")


def test_a_misspelt_required_key_is_one_problem() -> None:
    """The key that is missing because it was misspelt is named in the reason."""
    (problem,) = problems("project: x\njobs:\n  bot:\n    trainig_file: t\n    model: m\n")
    assert str(problem.mark).endswith("reconciler.yaml:4:5")
    assert problem.what == 'unknown key "trainig_file" in jobs.bot'
    assert problem.code == "unknown-key"
    assert problem.why == "keys are strict; training_file is required"
    assert problem.cure == 'did you mean "training_file"?'


def test_a_type_that_was_reported_is_not_reported_again() -> None:
    """It has no value that could be told of."""
    (problem,) = problems(f"{JOB}    grader: {{type: 99999999999999999999}}\n")
    assert problem.code == "number-range"


def test_a_missing_key_stands_at_its_entry() -> None:
    """What is not written is reported at the nearest key above."""
    (problem,) = problems("project: x\nfiles:\n  a: {purpose: batch}\n")
    assert problem.what == 'missing key "path" in files.a'
    assert problem.mark
    assert (problem.mark.line, problem.mark.column) == (3, 3)
