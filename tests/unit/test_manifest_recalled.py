"""A large manifest that did not change is not parsed again, and nobody can tell."""

from pathlib import Path

import pytest

from reconciler.cli.verbs.data import examine
from reconciler.errors import InvalidInput, Problem
from reconciler.kinds import BY_NAME
from reconciler.manifest import Manifest, load, reading
from reconciler.manifest.compose import compose
from reconciler.manifest.tree import Composed
from tests.support.cli import MODEL, dataset

SPECS = {name: kind.spec for name, kind in BY_NAME.items()}
HEAD = "project: demo\nfiles:\n"
ENTRY = "  f{n}: {{path: 'data/f{n}.jsonl', protect: true}}\n"
LARGE = HEAD + "".join(ENTRY.format(n=n) for n in range(3_000))


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were parsed, by name."""
    names: list[str] = []

    def noted(text: str, file: str, problems: list[Problem], spent: int = 0) -> Composed:
        names.append(Path(file).name)
        return compose(text, file, problems, spent)

    monkeypatch.setattr("reconciler.manifest.compose.compose", noted)
    return names


def loaded(folder: Path, text: str = LARGE, **files: str) -> Manifest:
    """One run with the cache."""
    for name, content in files.items():
        (folder / f"{name}.yaml").write_text(content)
    path = folder / "reconciler.yaml"
    path.write_text(text)
    return load(path, SPECS, kept=folder / "kept.json")


def test_the_second_run_does_not_parse(tmp_path: Path, parsed: list[str]) -> None:
    """It declares the same; a changed text is parsed."""
    first = loaded(tmp_path)
    assert parsed == ["reconciler.yaml"]
    assert loaded(tmp_path).entries == first.entries
    assert parsed == ["reconciler.yaml"]
    assert "g2999" in loaded(tmp_path, LARGE.replace("f2999", "g2999")).entries["files"]
    assert len(parsed) == 2


def test_places_are_read_when_asked_for(tmp_path: Path, parsed: list[str]) -> None:
    """The mark of a key is that of its text, whichever run parsed it."""
    first = loaded(tmp_path)
    again = loaded(tmp_path)
    for path in (("files", "f7", "protect"), ("files", "f2999"), ("project",), ("files", "none")):
        assert again.mark(*path) == first.mark(*path)
    assert len(parsed) == 2


def test_good_data_ask_for_no_place(tmp_path: Path, parsed: list[str]) -> None:
    """Else each plan of a large manifest would parse it again for places that nobody is told."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data/f.jsonl").write_text(dataset())
    entries = "files:\n  f: {path: data/f.jsonl, format: chat}\njobs:\n"
    job = f"  j: {{model: {MODEL}, training_file: f, validation_file: f}}\n"
    text = f"project: demo\n{entries}{job}" + "# of a large manifest\n" * 5_000
    loaded(tmp_path, text)
    examine(loaded(tmp_path, text), tmp_path)
    assert parsed == ["reconciler.yaml"]


def test_mistakes_keep_their_places(tmp_path: Path) -> None:
    """What is wrong with the values is told with the same places by both runs."""
    said = []
    for _ in range(2):
        with pytest.raises(InvalidInput) as caught:
            loaded(tmp_path, LARGE.replace("protect: true}\n  f1:", "protect: 3}\n  f1:"))
        said.append(caught.value.problems)
    assert said[0] == said[1]
    assert str(said[0][0].mark).endswith("reconciler.yaml:3:31")


def test_an_included_file_is_recalled(tmp_path: Path, parsed: list[str]) -> None:
    """Each file for itself."""
    top = "project: demo\ninclude: [team.yaml]\n"
    more = LARGE.removeprefix("project: demo\n")
    first = loaded(tmp_path, top, team=more)
    assert loaded(tmp_path, top, team=more).entries == first.entries
    assert parsed == ["reconciler.yaml", "team.yaml", "reconciler.yaml"]


@pytest.mark.parametrize(
    "text",
    [
        HEAD + ENTRY.format(n=1),
        HEAD + "  f: &a {path: x.jsonl}\n  g: *a\n" + LARGE.removeprefix(HEAD),
    ],
    ids=["small", "aliases"],
)
def test_what_is_not_kept(tmp_path: Path, text: str) -> None:
    """A small file is parsed soon enough, and values that stand in two places are not kept."""
    loaded(tmp_path, text)
    assert not (tmp_path / "kept.json").exists()


def test_a_duplicate_key_is_told_each_time(tmp_path: Path) -> None:
    """A text with a mistake in it is not kept."""
    for _ in range(2):
        with pytest.raises(InvalidInput):
            loaded(tmp_path, LARGE + ENTRY.format(n=1))
    assert not (tmp_path / "kept.json").exists()


def test_a_recalled_tree_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit on all files together holds for what is recalled, too."""
    loaded(tmp_path)
    monkeypatch.setattr(reading, "MAX_NODES", 10)
    monkeypatch.setattr("reconciler.manifest.compose.MAX_NODES", 10)
    with pytest.raises(InvalidInput):
        loaded(tmp_path)
