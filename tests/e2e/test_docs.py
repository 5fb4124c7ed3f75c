"""Every block of the documentation is run: what it shows is what happens."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import yaml

from reconciler.cli.verbs.fmt import guide
from reconciler.manifest.sorted_text import sorted_text
from tests.support.cli import Project

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of one language."""
    found = BLOCK.findall(page.read_text("utf-8"))
    return [text for name, text in found if name == language]


def sessions(text: str) -> list[tuple[str, list[str]]]:
    """Commands of a console block, each with the lines it is shown to print."""
    steps: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            steps.append((line[2:], []))
        else:
            steps[-1][1].append(line)
    return steps


def run(command: str, folder: Path) -> str:
    """The command's stdout, as a new user has it: no key, a quick simulator.

    In this process: what starts a real one is `make demo`, which CI runs as well.
    """
    program, *arguments = shlex.split(command)
    assert program == "reconciler", command
    return Project(folder).run(*arguments).ended(0).out


def assert_shown(shown: list[str], printed: str) -> None:
    """The shown lines come in this order; `…` stands for anything, also for any lines."""
    pattern = ".*".join(re.escape(part) for part in "\n".join(shown).strip().split("…"))
    squeezed = re.sub(r"[ ]+", " ", printed)
    assert re.search(re.sub(r"(\\ )+", " ", pattern), squeezed, re.DOTALL), printed


def test_the_session_of_the_readme_happens(tmp_path: Path) -> None:
    """Each command of the README works in an empty folder and prints what is shown."""
    folder = tmp_path / "demo"
    folder.mkdir()
    (text,) = blocks(ROOT / "README.md", "console")
    for command, shown in sessions(text):
        assert_shown(shown, run(command, folder))


def test_the_manifest_of_the_readme_is_valid(tmp_path: Path) -> None:
    """The manifest that is shown passes `validate` beside the sample's data."""
    (text, *_) = blocks(ROOT / "README.md", "yaml")
    (tmp_path / "reconciler.yaml").write_text(text, "utf-8")
    shutil.copytree(ROOT / "examples/quickstart/data", tmp_path / "data")
    assert run("reconciler validate", tmp_path).startswith("Valid: 2 files, 1 job")


def test_what_is_shown_is_sorted() -> None:
    """The manifests of the README and of the examples are as `fmt` would have them."""
    shown = blocks(ROOT / "README.md", "yaml")
    shown += [path.read_text("utf-8") for path in ROOT.glob("examples/*/reconciler.yaml")]
    assert [text for text in shown if sorted_text(text, guide(), "shown") != text] == []


def test_the_provider_snippets_are_yaml() -> None:
    """What is meant to be pasted into a manifest can be read."""
    for page in PAGES:
        for text in blocks(page, "yaml"):
            assert isinstance(yaml.safe_load(text), dict), page


def test_the_readme_names_targets_that_exist() -> None:
    """`make demo` and `make check` stand in the Makefile."""
    (text,) = blocks(ROOT / "README.md", "sh")
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for line in text.splitlines():
        target = line.split("#")[0].split()[1]
        assert f"\n{target}:" in makefile


PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("tests/*/*.md")])


def test_links_lead_somewhere() -> None:
    """Every relative link of every page names a file of the repository."""
    links = [
        (page, target)
        for page in PAGES
        for target in re.findall(r"\]\(([^)#\s]+)\)", page.read_text("utf-8"))
        if not target.startswith("http")
    ]
    assert len(links) >= 20
    assert not [(page, to) for page, to in links if not (page.parent / to).exists()]


def test_the_readme_is_short() -> None:
    """A newcomer reads it to the end."""
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 150


def test_the_quickstart_demo_runs_to_its_end(tmp_path: Path) -> None:
    """`make demo`'s story: each step succeeds, and says what it is told for."""
    example, printed = ROOT / "examples/quickstart", ""
    shutil.copy(example / "reconciler.yaml", tmp_path)
    shutil.copytree(example / "data", tmp_path / "data")
    _, story = (example / "demo.sh").read_text("utf-8").split('/../story.sh"\n')
    for line in filter(None, story.splitlines()):
        if line.startswith("run "):
            printed += run(line.removeprefix("run "), tmp_path)
        elif not line.startswith("say "):
            subprocess.run(["sh", "-euc", line], cwd=tmp_path, check=True)
    for line in (
        "Plan: nothing to do · 2 files, 1 job in sync",
        "tracking link",
        "its training data changed: trains again",
        "already trained: ftjob-",
        "forget  finished: it stays at the API as history",
    ):
        assert line in printed


def test_init_writes_what_this_project_says_of_its_own_state() -> None:
    """One page, in two places."""
    pages = (ROOT / "state/README.md", ROOT / "reconciler/samples/state.md")
    assert len({page.read_text() for page in pages}) == 1
