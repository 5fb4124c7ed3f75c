"""`matrix`: one entry that stands for one entry for each combination."""

import pytest

from reconciler.core.address import Address
from reconciler.errors import InvalidInput
from reconciler.manifest import Manifest, entries, matrix
from reconciler.manifest.resolve import check_references
from tests.unit.manifests.specs import JobSpec, Method, Supervised, problems, read, said

HEAD = "project: x\nfiles: {f: {path: p}}\n"
TEXT = HEAD + (
    """\
jobs:
  first: {training_file: f, model: m}
  sweep:
    matrix: {n_epochs: [2, 4], learning_rate_multiplier: [0.5, 1.0]}
    training_file: f
    model: m
  last: {training_file: f, model: m}
"""
)


def job(manifest: Manifest, name: str) -> JobSpec:
    """An entry of jobs."""
    spec = manifest.entries["jobs"][name]
    assert isinstance(spec, JobSpec)
    return spec


def numbers(spec: JobSpec) -> tuple[object, object]:
    """What the matrix of `TEXT` varies."""
    assert spec.method
    assert spec.method.supervised
    found = spec.method.supervised.hyperparameters
    return found.n_epochs, found.learning_rate_multiplier


def test_an_entry_for_each_combination() -> None:
    """In the place of the matrix; keys sorted, values in the order of their lists."""
    manifest = read(TEXT)
    assert list(manifest.entries["jobs"]) == [
        "first",
        "sweep[learning_rate_multiplier=0.5,n_epochs=2]",
        "sweep[learning_rate_multiplier=0.5,n_epochs=4]",
        "sweep[learning_rate_multiplier=1,n_epochs=2]",
        "sweep[learning_rate_multiplier=1,n_epochs=4]",
        "last",
    ]
    assert numbers(job(manifest, "sweep[learning_rate_multiplier=0.5,n_epochs=4]")) == (4, 0.5)
    assert numbers(job(manifest, "sweep[learning_rate_multiplier=1,n_epochs=2]")) == (2, 1.0)


def test_without_a_method_it_is_supervised() -> None:
    """What the value needs around it is made."""
    member = job(read(TEXT), "sweep[learning_rate_multiplier=1,n_epochs=2]")
    assert member.method == Method(
        type="supervised",
        supervised=Supervised.read(
            {"hyperparameters": {"n_epochs": 2, "learning_rate_multiplier": 1.0}}
        ),
    )


def test_values_go_into_the_method_that_is_there() -> None:
    """What is set beside them stays, also where it comes from the defaults."""
    method = "{type: supervised, supervised: {hyperparameters: {learning_rate_multiplier: 2.5}}}"
    entry = "{training_file: f, model: m, matrix: {n_epochs: [3]}"
    own = read(HEAD + f"jobs: {{a: {entry}, method: {method}}}}}")
    default = read(HEAD + f"defaults: {{jobs: {{method: {method}}}}}\njobs: {{a: {entry}}}}}")
    assert numbers(job(own, "a[n_epochs=3]")) == (3, 2.5)
    assert numbers(job(default, "a[n_epochs=3]")) == (3, 2.5)


def test_plain_keys_vary_too() -> None:
    """Texts and numbers; a default of the same key gives way."""
    text = HEAD + "defaults: {jobs: {seed: 9, model: m, training_file: f}}\n"
    manifest = read(text + "jobs: {a: {matrix: {seed: [1, 2], suffix: [x, auto]}}}")
    assert [(spec.seed, spec.suffix) for spec in jobs(manifest)] == [
        (1, "x"), (1, "auto"), (2, "x"), (2, "auto"),
    ]  # fmt: skip
    assert "a[seed=1,suffix=auto]" in manifest.entries["jobs"]


def jobs(manifest: Manifest) -> list[JobSpec]:
    """All jobs."""
    return [job(manifest, name) for name in manifest.entries["jobs"]]


@pytest.mark.parametrize(
    ("path", "place", "origin"),
    [
        ((), "5:3", "manifest"),
        (("training_file",), "7:5", "manifest"),
        (("method",), "5:3", "manifest"),  # made for the value
        (("method", "supervised", "hyperparameters", "n_epochs"), "6:28", "matrix"),
        (
            ("method", "supervised", "hyperparameters", "learning_rate_multiplier"),
            "6:59",
            "matrix",
        ),
    ],
)
def test_marks_and_origins(path: tuple[str, ...], place: str, origin: str) -> None:
    """A varied value is written in its list, everything else in the entry."""
    manifest = read(TEXT)
    name = "sweep[learning_rate_multiplier=0.5,n_epochs=4]"
    assert str(manifest.mark("jobs", name, *path)) == f"reconciler.yaml:{place}"
    assert manifest.origin("jobs", name, *path) == origin


def test_an_environment_may_change_a_matrix() -> None:
    """A list of values is a list: it is replaced."""
    text = TEXT + "environments: {e: {jobs: {sweep: {matrix: {n_epochs: [9]}}}}}"
    manifest = read(text, env="e")
    name = "sweep[learning_rate_multiplier=0.5,n_epochs=9]"
    path = ("jobs", name, "method", "supervised", "hyperparameters", "n_epochs")
    assert name in manifest.entries["jobs"]
    assert len(manifest.entries["jobs"]) == 4
    assert str(manifest.mark(*path)) == "reconciler.yaml:10:55"
    assert manifest.origin(*path) == "environments.e"


def test_variables_are_replaced_before() -> None:
    """Where the varied key allows them, and in the name as well."""
    entry = "{training_file: f, model: m, matrix: {suffix: ['${var:a}', b]}}"
    manifest = read(HEAD + f"vars: {{a: red}}\njobs: {{a: {entry}}}")
    assert [spec.suffix for spec in jobs(manifest)] == ["red", "b"]
    assert list(manifest.entries["jobs"]) == ["a[suffix=red]", "a[suffix=b]"]
    (problem,) = problems(HEAD + "vars: {f: f}\njobs: {a: {matrix: {training_file: ['${var:f}']}}}")
    assert problem.code == "bad-reference"


def test_members_have_addresses() -> None:
    """`moved`, `removed` and `import` name them; a dot in the name is no second kind."""
    member = "jobs.sweep[learning_rate_multiplier=0.5,n_epochs=2]"
    text = TEXT + (
        f'moved: [{{from: jobs.old, to: "{member}"}}]\n'
        'removed: [{address: "jobs.sweep[learning_rate_multiplier=0.1,n_epochs=2]"}]\n'
        f'import: [{{to: "{member}", id: ftjob-1}}]\n'
    )
    manifest = read(text)
    assert Address.parse(manifest.moved[0].to).name in manifest.entries["jobs"]
    assert said(text.replace("from: jobs.old", "from: jobs.sweep")) == []
    assert said(TEXT + "import: [{to: jobs.sweep, id: ftjob-1}]") == [
        '10:11 "jobs.sweep" is not declared in jobs [undeclared]'
    ]


class Reading:
    """A kind whose entries read another one of their section."""

    def references(self, spec: JobSpec) -> dict[str, Address]:
        return {"training_file": Address("jobs", spec.training_file)}


def test_a_whole_matrix_cannot_be_referred_to() -> None:
    """The cure lists entries that can."""
    text = TEXT.replace("last: {training_file: f", "last: {training_file: sweep")
    manifest = read(text)
    kinds: dict[str, object] = {"files": Nothing(), "jobs": Reading()}
    found = check_references(manifest, kinds)  # type: ignore[arg-type] # they resolve nothing
    assert found[-1].cure == (
        "it is a matrix; name one of its entries: "
        "sweep[learning_rate_multiplier=0.5,n_epochs=2], "
        "sweep[learning_rate_multiplier=0.5,n_epochs=4], "
        "sweep[learning_rate_multiplier=1,n_epochs=2] or "
        "sweep[learning_rate_multiplier=1,n_epochs=4]"
    )


class Nothing:
    """A kind that reads nothing."""

    def references(self, spec: object) -> dict[str, Address]:
        return {}


ROWS = {
    "[]": "3:30 jobs.a.matrix must be a mapping of lists, found a list [wrong-type]",
    "{}": "3:30 jobs.a.matrix must not be empty [wrong-length]",
    "{seed: 1}": (
        "3:39 jobs.a.matrix.seed must be a list of values, found the number 1 [wrong-type]"
    ),
    "{seed: []}": "3:39 jobs.a.matrix.seed must not be empty [wrong-length]",
    "{sed: [1]}": '3:39 unknown key "sed" in jobs.a.matrix [unknown-key]',
    "{model: [a]}": '3:39 unknown key "model" in jobs.a.matrix [unknown-key]',
    "{seed: [1, true]}": (
        "3:49 jobs.a.matrix.seed[1] must be a number or a string, found true [wrong-type]"
    ),
    "{seed: [~]}": (
        "3:46 jobs.a.matrix.seed[0] must be a number or a string, found nothing [wrong-type]"
    ),
    "{seed: [[1]]}": (
        "3:46 jobs.a.matrix.seed[0] must be a number or a string, found a list [wrong-type]"
    ),
    "{seed: [1, 2, 1.0]}": '3:52 jobs.a.matrix.seed[2] says "1" again [stated-twice]',
    "{suffix: [a b]}": '3:48 "a b" cannot be varied [bad-name]',
    "{suffix: ['a]']}": '3:48 "a]" cannot be varied [bad-name]',
    "{suffix: ['']}": '3:48 "" cannot be varied [bad-name]',
    "{training_file: [f]}": (
        "3:39 jobs.a.matrix.training_file is set by the entry as well [stated-twice]"
    ),
    "{seed: [7, 700]}": (
        "3:49 jobs.a.matrix.seed[1] must be at most 100, found the number 700 [out-of-range]"
    ),
    "{seed: ['7']}": (
        '3:46 jobs.a.matrix.seed[0] must be a whole number, found the string "7" [wrong-type]'
    ),
    "{seed: [.nan]}": "3:46 jobs.a.matrix.seed[0] is not a finite number [number-range]",
    "{seed: !x [1]}": '3:45 the tag "!x" cannot be used for jobs.a.matrix.seed [unknown-tag]',
}


@pytest.mark.parametrize("written", ROWS)
def test_matrices_that_are_wrong(written: str) -> None:
    """Each mistake is named once, at its place in the matrix."""
    assert said(HEAD + f"jobs: {{a: {{training_file: f, matrix: {written}, model: m}}}}") == [
        ROWS[written]
    ]


def test_a_mistake_beside_a_matrix_is_one_mistake() -> None:
    """However many entries the matrix stands for."""
    text = TEXT.replace("    model: m\n", "    modle: m\n")
    assert said(text) == ['8:5 unknown key "modle" in jobs.sweep [unknown-key]']


def test_a_key_of_another_method_is_named_in_the_matrix() -> None:
    """The cure lists what the entry's method has."""
    text = TEXT.replace("model: m\n  last", "model: m\n    method: {type: dpo}\n  last")
    assert [problem.code for problem in problems(text)] == ["unknown-key"]


def test_matrices_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Entries for each, and characters of a name."""
    values = ", ".join(map(str, range(17)))
    entry = f"{{model: m, matrix: {{seed: [{values}], n_epochs: [{values}]}}}}"
    assert said(HEAD + f"jobs: {{a: {entry}}}") == [
        "3:22 jobs.a.matrix stands for 289 entries, more than 256 [too-large]"
    ]
    longest = len("sweep[learning_rate_multiplier=0.5,n_epochs=2]")
    monkeypatch.setattr(matrix, "MAX_NAME", longest)
    assert said(TEXT) == []
    monkeypatch.setattr(matrix, "MAX_NAME", longest - 1)
    assert said(TEXT) == [
        f"6:5 jobs.sweep.matrix makes names of more than {longest - 1} characters [too-large]"
    ]


def test_what_is_written_out_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """By defaults and by matrices, together; a manifest of the usual size is far from it."""
    monkeypatch.setattr(entries, "FREE_NODES", 100)
    monkeypatch.setattr(entries, "MAX_GROWTH", 1)
    assert said(TEXT) == []
    files = "\n".join(f"  f{i}: {{path: p}}" for i in range(30))
    wide = f"project: x\ndefaults: {{files: {{purpose: batch, protect: true}}}}\nfiles:\n{files}"
    assert said(wide) == ["2:12 defaults.files makes the manifest too large [too-large]"]
    seeds = ", ".join(map(str, range(60)))
    many = HEAD + f"jobs: {{a: {{model: m, training_file: f, matrix: {{seed: [{seeds}]}}}}}}"
    assert said(many) == ["3:40 jobs.a.matrix makes the manifest too large [too-large]"]


def test_files_have_no_matrix() -> None:
    """A kind that says nothing of it does not know the key."""
    assert said("project: x\nfiles: {a: {path: p, matrix: {path: [a]}}}") == [
        '2:22 unknown key "matrix" in files.a [unknown-key]'
    ]


def test_a_matrix_is_no_default() -> None:
    """Each entry varies by itself."""
    assert said("project: x\ndefaults: {jobs: {matrix: {seed: [1]}}}") == [
        '2:19 unknown key "matrix" in defaults.jobs [unknown-key]'
    ]


def test_a_misspelt_matrix_is_suggested() -> None:
    """It is a key of an entry like the others."""
    (problem,) = problems(TEXT.replace("matrix:", "matrx:"))
    assert problem.cure == 'did you mean "matrix"?'


def test_names_cannot_imitate_members() -> None:
    """Brackets are no part of a name that is written."""
    with pytest.raises(InvalidInput, match="cannot be a name"):
        read(HEAD + 'jobs: {"a[seed=1]": {training_file: f, model: m}}')


def test_null_is_no_matrix() -> None:
    """An entry whose matrix says nothing is one entry."""
    assert list(
        read(HEAD + "jobs: {a: {training_file: f, model: m, matrix: }}").entries["jobs"]
    ) == ["a"]
