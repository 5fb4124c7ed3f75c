"""`include`: several files, read as one manifest."""

from pathlib import Path

import pytest

from reconciler.errors import InvalidInput
from reconciler.manifest import compose, includes, load, source
from tests.unit.manifests.specs import SPECS, FileSpec, problems, read, said

TOP = "project: x\ninclude: [teams/*.yaml]\nfiles: {own: {path: p}}\n"
ONE = "files:\n  one: {path: data/one.jsonl}\nremoved: [{address: jobs.gone}]\n"
TWO = "# two\njobs:\n  two: {training_file: one, model: m}\nmoved: [{from: jobs.a, to: jobs.two}]\n"
BOTH = {"teams/one.yaml": ONE, "teams/two.yaml": TWO}


def test_sections_and_lists_are_joined() -> None:
    """Entries and list items of all files stand in one manifest, the top file's first."""
    manifest = read(TOP + "removed: [{address: files.gone}]", files=BOTH)
    assert list(manifest.entries["files"]) == ["own", "one"]
    assert list(manifest.entries["jobs"]) == ["two"]
    assert [one.address for one in manifest.removed] == ["files.gone", "jobs.gone"]
    assert [str(file) for file in manifest.files] == [
        "reconciler.yaml", "teams/one.yaml", "teams/two.yaml",
    ]  # fmt: skip


def test_a_path_is_as_it_is_written() -> None:
    """It starts at the top file's folder, whichever file it stands in."""
    one = read(TOP, files=BOTH).entries["files"]["one"]
    assert one == FileSpec(path="data/one.jsonl")


@pytest.mark.parametrize(
    ("path", "mark"),
    [
        (("files", "own", "path"), "reconciler.yaml:3:15"),
        (("files", "one"), "teams/one.yaml:2:3"),
        (("files", "one", "path"), "teams/one.yaml:2:9"),
        (("jobs", "two", "model"), "teams/two.yaml:3:29"),
        (("jobs", "two", "seed"), "teams/two.yaml:3:3"),
        (("moved", 0, "to"), "teams/two.yaml:4:24"),
        (("removed", 1), "teams/one.yaml:3:11"),
        (("removed", 0), "reconciler.yaml:4:11"),
        (("jobs",), "reconciler.yaml:1:1"),  # a section that the top file has not
    ],
)
def test_marks_name_the_file(path: tuple[str | int, ...], mark: str) -> None:
    """A mark is in the file in which the key is written."""
    manifest = read(TOP + "removed: [{address: files.gone}]", files=BOTH)
    assert str(manifest.mark(*path)) == mark


def test_defaults_hold_for_all_files() -> None:
    """Those of the top file fill in the entries of the others."""
    text = TOP + "defaults: {files: {purpose: batch}}"
    one = read(text, files={"teams/one.yaml": "files: {one: {path: a}}"}).entries["files"]["one"]
    assert one == FileSpec(path="a", purpose="batch")


def test_the_folder_of_the_manifest_counts(tmp_path: Path) -> None:
    """Patterns start at the manifest, not at the folder at hand; marks can be opened from there."""
    (tmp_path / "teams").mkdir()
    (tmp_path / "reconciler.yaml").write_text(TOP)
    (tmp_path / "teams" / "a.yaml").write_text("jobs: {a: 3}")
    with pytest.raises(InvalidInput) as caught:
        load(tmp_path / "reconciler.yaml", SPECS)
    assert str(caught.value.problems[0].mark) == f"{tmp_path / 'teams' / 'a.yaml'}:1:8"


def test_a_name_given_twice_shows_both_places() -> None:
    """Across files as within one; the first stands, the second is the problem."""
    two = "files:\n  own: {path: a}\n  one: {path: b}\n"
    found = problems(TOP, files={"teams/one.yaml": ONE, "teams/two.yaml": two})
    assert [(str(p.mark), p.what, p.why) for p in found] == [
        (
            "teams/two.yaml:2:3",
            '"files.own" is declared twice',
            "it stands at reconciler.yaml:3:9 already",
        ),
        (
            "teams/two.yaml:3:3",
            '"files.one" is declared twice',
            "it stands at teams/one.yaml:2:3 already",
        ),
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("project: y", 'unknown key "project" in the manifest [unknown-key]'),
        ("defaults: {}", 'unknown key "defaults" in the manifest [unknown-key]'),
        ("include: []", 'unknown key "include" in the manifest [unknown-key]'),
        ("files: 3", "files must be a mapping of names, found the number 3 [wrong-type]"),
        ("moved: {}", "moved must be a list, found a mapping [wrong-type]"),
        ("[]", "the manifest must be a mapping, found a list [wrong-type]"),
    ],
)
def test_an_included_file_declares_resources_only(text: str, problem: str) -> None:
    """Whatever else is in it is an error."""
    assert said(TOP, files={"teams/a.yaml": text}) == [f"teams/a.yaml:1:1 {problem}"]


def test_problems_of_all_files_come_together() -> None:
    """The top file's first, then file by file; each at its place."""
    files = {"teams/a.yaml": "files: {own2: {pth: a}}", "teams/b.yaml": "jobs: {B b: 1}"}
    assert said(TOP + "stat: {}", files=files) == [
        '4:1 unknown key "stat" in the manifest [unknown-key]',
        'teams/a.yaml:1:16 unknown key "pth" in files.own2 [unknown-key]',
        'teams/b.yaml:1:8 "B b" cannot be a name in jobs [bad-name]',
        "teams/b.yaml:1:8 jobs.B b must be a mapping, found the number 1 [wrong-type]",
    ]  # fmt: skip


def test_null_and_what_was_reported_join_nothing() -> None:
    """An empty section is none; a value that the parser refused is one problem."""
    assert said(TOP, files={"teams/a.yaml": "files:\nmoved: ~\n"}) == []
    assert said(TOP, files={"teams/a.yaml": "files: !x {}"}) == [
        'teams/a.yaml:1:8 the tag "!x" cannot be used for files [unknown-tag]'
    ]


def test_a_wrong_section_of_the_top_file_is_one_problem() -> None:
    """What the others declare in it is not reported on top."""
    text = "project: x\ninclude: [teams/*.yaml]\nfiles: 3\nmoved: 4"
    files = {"teams/a.yaml": "files: {a: {path: p}}\nmoved: [{from: jobs.a, to: jobs.b}]"}
    assert said(text, files=files) == [
        "3:1 files must be a mapping of names, found the number 3 [wrong-type]",
        "4:1 moved must be a list, found the number 4 [wrong-type]",
    ]


def test_files_that_cannot_be_read_are_all_named() -> None:
    """And nothing else: what they declare would be missed everywhere."""
    files = {"teams/a.yaml": "a: [", "teams/b.yaml": "", "teams/c.yaml": "x: sk-" + "a1" * 12}
    found = problems(TOP + "jobs: {a: 3}", files=files)
    assert {problem.mark.file for problem in found if problem.mark} == set(files)


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("none/*.yaml", "none/*.yaml matches no file [missing-include]"),
        ("none.yaml", "none.yaml matches no file [missing-include]"),
        ("recon*.yaml", "recon*.yaml matches no file [missing-include]"),  # only itself
        (".*/x.yaml", ".*/x.yaml matches no file [missing-include]"),
        ("../*.yaml", "../*.yaml is outside the manifest's folder [path-outside]"),
        ("../x.yaml", "../x.yaml is outside the manifest's folder [path-outside]"),
        ("/etc/*.yaml", "/etc/*.yaml is outside the manifest's folder [path-outside]"),
        ("/etc/passwd", "/etc/passwd is outside the manifest's folder [path-outside]"),
        ("**/*.yaml", "**/*.yaml has ** [bad-path]"),
        ("team[s]", "teams is a folder, not a file [not-a-file]"),
        (".git/config", ".git/config is inside .git [forbidden-path]"),
        ("x\\0*", "a path has a NUL [bad-path]"),
    ],
)
def test_patterns_that_are_refused(pattern: str, problem: str) -> None:
    """A pattern stays below the manifest's folder and matches something else than the manifest."""
    text = f'project: x\ninclude: ["{pattern}"]'
    files = {"teams/a.yaml": "files: {}", ".git/config": "a"}
    assert said(text, files=files) == [f"2:11 {problem}"]


def test_links_that_lead_out_are_refused(tmp_path: Path) -> None:
    """A link in the repository does not make a file of the machine a part of it."""
    (tmp_path / "secret.yaml").write_text("files: {}")
    home = tmp_path / "repository"
    home.mkdir()
    (home / "reconciler.yaml").write_text("project: x\ninclude: ['*.yml']")
    (home / "link.yml").symlink_to(tmp_path / "secret.yaml")
    with pytest.raises(InvalidInput, match=r"link\.yml is outside the manifest's folder"):
        load(home / "reconciler.yaml", SPECS)


@pytest.mark.parametrize("pattern", ["../x.yaml", "../*.yaml"])
def test_the_cure_of_an_include_outside_is_one(pattern: str) -> None:
    """`--allow-path` opens a folder for data and states, not for manifests."""
    (problem,) = problems(f'project: x\ninclude: ["{pattern}"]')
    assert problem.cure.startswith("move the file below that folder")
    assert "--allow-path" not in problem.cure


def test_a_file_is_read_once() -> None:
    """However many patterns match it, and by whatever link."""
    text = "project: x\ninclude: ['teams/*.yaml', 'teams/a*', teams/a.yaml, 'r*.yaml', 'teams/*']"
    files = {"teams/a.yaml": "files: {a: {path: p}}", "rest.yaml": "jobs: {}"}
    assert list(map(str, read(text, files=files).files)) == [
        "reconciler.yaml", "teams/a.yaml", "rest.yaml",
    ]  # fmt: skip


@pytest.mark.parametrize("include", ["x", "[3]", "['']", "{a: b}", "[null]"])
def test_includes_of_the_wrong_shape(include: str) -> None:
    """They are reported like any other value."""
    (problem,) = problems(f"project: x\ninclude: {include}")
    assert problem.code in {"wrong-type", "wrong-length", "bad-path"}


def test_limits_hold_over_all_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes and nodes are counted from one file to the next."""
    files = {"teams/a.yaml": f"files: {{a: {{path: {'p' * 60}}}}}"}
    monkeypatch.setattr(source, "MAX_BYTES", 100)
    (large,) = problems(TOP, files=files)
    assert large.what == "teams/a.yaml, with the files read before it, is larger than 0 MiB"
    monkeypatch.undo()
    monkeypatch.setattr(compose, "MAX_NODES", 14)
    (long,) = problems(TOP, files=files)
    assert (str(long.mark), long.code) == ("teams/a.yaml:1:8", "too-large")


def test_the_number_of_files_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pattern with which there are too many is named."""
    monkeypatch.setattr(includes, "MAX_FILES", 2)
    assert said(TOP, files={f"teams/{i}.yaml": "files: {}" for i in range(2)}) == []
    assert said(TOP, files={f"teams/{i}.yaml": "files: {}" for i in range(3)}) == [
        "2:11 with teams/*.yaml the manifest has more than 2 files [too-large]"
    ]
