"""`load`: what a good manifest gives, and that a bad one is reported whole."""

from pathlib import Path

import pytest

from reconciler.errors import InvalidInput, Mark
from reconciler.manifest import Import, Manifest, Moved, Provider, Removed, load
from tests.unit.manifests.specs import SPECS, FileSpec, JobSpec, problems, read, said

HERE = Path(__file__).parent / "manifests"


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    """The manifest that has everything."""
    return load(HERE / "valid.yaml", SPECS)


def test_top_keys_are_typed_values(manifest: Manifest) -> None:
    """Everything at the top is a validated, frozen value."""
    assert (manifest.project, manifest.version) == ("support-bots", 1)
    assert manifest.previous_projects == ("old-bots", "older-bots")
    assert manifest.provider == Provider(
        kind="compatible", base_url="https://llm.example/v1", organization="org-1", project="p1"
    )
    assert manifest.state.backend == "state/support-bots.json"
    assert manifest.moved == (Moved.read({"from": "jobs.bot", "to": "jobs.support-bot"}),)
    assert manifest.removed == (Removed(address="files.old", keep=False),)
    assert manifest.imports == (Import(to="files.support-valid", id="file-abc"),)


def test_entries_keep_order_and_models(manifest: Manifest) -> None:
    """Each section maps names, in the order of the file, to the model it was given."""
    assert list(manifest.entries) == ["files", "jobs"]
    assert manifest.entries["files"]["support-train"] == FileSpec(path="data/support.jsonl")
    assert list(manifest.entries["jobs"]) == ["support-bot", "other-bot"]


def test_defaults_fill_in_and_explicit_values_win(manifest: Manifest) -> None:
    """A default is one level deep; a value of the entry wins, null as well."""
    jobs = manifest.entries["jobs"]
    assert isinstance(jobs["support-bot"], JobSpec)
    assert isinstance(jobs["other-bot"], JobSpec)
    assert (jobs["support-bot"].model, jobs["support-bot"].seed) == ("gpt-4.1-mini", 9)
    assert (jobs["other-bot"].model, jobs["other-bot"].seed) == ("gpt-4.1-mini", None)


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        ((), 1, 1),
        (("project",), 3, 1),
        (("previous_projects", 1), 4, 31),
        (("provider", "base_url"), 5, 30),
        (("files", "support-train"), 10, 3),
        (("files", "support-train", "path"), 10, 19),
        (("jobs", "support-bot", "training_file"), 15, 5),
        (("jobs", "support-bot", "method", "supervised", "hyperparameters", "n_epochs"), 17, 63),
        (("jobs", "support-bot", "tags", 1), 18, 15),
        (("moved", 0, "to"), 20, 26),
        (("removed", 0), 22, 5),
        (("removed", 0, "keep"), 22, 26),
        (("jobs", "support-bot", "model"), 8, 10),  # from the defaults
        (("jobs", "support-bot", "suffix"), 14, 3),  # not written: the entry
        (("jobs", "no-such", "suffix"), 13, 1),  # not written: the section
        (("moved", 7, "to"), 20, 1),
        (("project", "deeper"), 3, 1),
    ],
)
def test_marks_are_exact(
    manifest: Manifest, path: tuple[str | int, ...], line: int, column: int
) -> None:
    """A mark is where the key is written, or the nearest one above it."""
    assert manifest.mark(*path) == Mark(str(HERE / "valid.yaml"), line, column)


def test_the_least_manifest() -> None:
    """A project is enough: the sandbox, the default state, empty sections."""
    least = read("project: x")
    assert (least.provider.kind, least.state.backend, least.version) == ("sandbox", None, 1)
    assert {section: dict(entries) for section, entries in least.entries.items()} == {
        "files": {},
        "jobs": {},
    }


def test_null_is_as_good_as_absent() -> None:
    """A section or a key at the top that says nothing is not there."""
    text = "project: x\nfiles:\njobs: ~\nmoved:\nprovider:\ndefaults: {files: }\nstate: {backend: }"
    assert problems(text) == []


def test_an_entry_may_be_all_defaults() -> None:
    """An entry that says nothing has the defaults of its section."""
    entry = read("project: x\ndefaults: {files: {path: a}}\nfiles: {one: }").entries["files"]["one"]
    assert entry == FileSpec(path="a")


def test_every_problem_is_reported_at_once() -> None:
    """Mistakes of YAML, of schema and of meaning come in one list, in the order of the file."""
    text = (HERE / "broken.yaml").read_text()
    assert said(text) == (HERE / "broken.txt").read_text().splitlines()


def test_the_file_is_named_as_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path stays relative in the marks."""
    monkeypatch.chdir(tmp_path)
    Path("reconciler.yaml").write_text("project: x\nfoo: 1\n")
    with pytest.raises(InvalidInput) as caught:
        load(Path("reconciler.yaml"), SPECS)
    assert str(caught.value.problems[0].mark) == "reconciler.yaml:2:1"


def test_a_wrong_default_is_one_problem() -> None:
    """However many entries have it, it is reported once, where it stands."""
    files = "".join(f"  f{i}: {{path: a}}\n" for i in range(50))
    text = f"project: x\ndefaults: {{files: {{protect: no}}}}\nfiles:\n{files}"
    what = 'defaults.files.protect must be true or false, found the string "no" [wrong-type]'
    assert said(text) == [f"2:20 {what}"]


@pytest.mark.parametrize(
    ("defaults", "problem"),
    [
        ("[]", "2:1 defaults must be a mapping, found a list [wrong-type]"),
        ("{file: {}}", '2:12 unknown key "file" in defaults [unknown-key]'),
        ("{files: 3}", "2:12 defaults.files must be a mapping, found the number 3 [wrong-type]"),
        ("{files: {pth: a}}", '2:20 unknown key "pth" in defaults.files [unknown-key]'),
    ],
)
def test_defaults_are_strict(defaults: str, problem: str) -> None:
    """A default that no entry could have is an error, also where there are no entries."""
    assert said(f"project: x\ndefaults: {defaults}") == [problem]


def test_a_newer_version_is_all_that_is_said() -> None:
    """What else a newer manifest has would only be noise."""
    (problem,) = problems("version: 2\nproject: x\nwhatever: 1\n")
    assert problem.what == "version 2 is newer than this program"
    assert (problem.code, problem.cure) == ("newer-version", "install a release that reads 2")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('version: "1"', '2:1 version must be a whole number, found the string "1" [wrong-type]'),
        ("version: 0", "2:1 version must be at least 1, found the number 0 [out-of-range]"),
        ("files: []", "2:1 files must be a mapping of names, found a list [wrong-type]"),
        ("files: {a: 3}", "2:9 files.a must be a mapping, found the number 3 [wrong-type]"),
        ("include: a", '2:1 include must be a list, found the string "a" [wrong-type]'),
        ("state: {backnd: x}", '2:9 unknown key "backnd" in state [unknown-key]'),
        ("moved: {}", "2:1 moved must be a list, found a mapping [wrong-type]"),
        ('"": 1', '2:1 unknown key "" in the manifest [unknown-key]'),
    ],
)
def test_the_top_is_strict(line: str, problem: str) -> None:
    """Unknown keys and wrong types at the top are errors."""
    assert said(f"project: x\n{line}") == [problem]


@pytest.mark.parametrize("name", ["a", "0", "a-b_c", "a" * 63])
def test_names_that_are_names(name: str) -> None:
    """A name may also look like a number to YAML."""
    assert list(read(f"project: {name!r}\nfiles: {{{name}: {{path: a}}}}").entries["files"]) == [
        name
    ]


@pytest.mark.parametrize("name", ["A", "-a", "a.b", "a b", "ä", "a" * 64])
def test_names_that_are_not(name: str) -> None:
    """The same rule holds for projects and entries."""
    codes = [
        problem.code for problem in problems(f'project: "{name}"\nfiles: {{"{name}": {{path: a}}}}')
    ]
    assert codes == ["bad-name", "bad-name"]


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://h/v1", "https://", "https://h/v1?key=1", "h/v1", "https://h/#x", "https://u@h/"),
        *("https://[::1/v1", "https://h:99999/v1", "https://h:/v1", "http://h/v1", "https://-h/"),
    ],
)
def test_base_urls_that_are_refused(url: str) -> None:
    """A base URL has a host and a path, nothing that could carry a secret."""
    assert [
        problem.code for problem in problems(f"project: x\nprovider: {{base_url: '{url}'}}")
    ] == ["bad-url"]
