"""The pages of the site: what they show happens, and what is generated is current."""

import re
import shlex
from pathlib import Path

import pytest
import yaml

from reconciler.cli.verbs.fmt import guide
from reconciler.manifest.sorted_text import sorted_text
from tests.e2e.test_docs import assert_shown, blocks, sessions
from tests.support.cli import Project, dataset

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([DOCS / "start.md", DOCS / "troubleshooting.md", *DOCS.glob("guides/*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_is_shown_happens(page: Path, tmp_path: Path) -> None:
    """Each command of the page works in a folder that its first one fills, and prints that.

    A whole manifest that the page shows is there under the page's name.
    """
    project = Project(tmp_path / "demo")
    project.root.mkdir()
    for text in blocks(page, "yaml"):
        if text.startswith("version:"):
            project.write(f"{page.stem}.yaml", text)
    for text in blocks(page, "console"):
        for command, shown in sessions(text):
            program, *arguments = shlex.split(command)
            assert program == "reconciler"
            assert_shown(shown, project.run(*arguments).ended(0).out)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_manifests_that_are_shown_are_sorted(page: Path) -> None:
    """They can be pasted, and are as `fmt` would have them."""
    for text in blocks(page, "yaml"):
        assert isinstance(yaml.safe_load(text), dict)
        assert sorted_text(text, guide(), page.name) == text


def test_the_manifest_for_two_endpoints_works(tmp_path: Path) -> None:
    """Each environment plans with a state of its own, once the operator allows the host."""
    project = Project(tmp_path)
    (text,) = blocks(DOCS / "guides/other-endpoint.md", "yaml")
    project.write("reconciler.yaml", text)
    project.write("data/support.jsonl", dataset(12))
    command = ("plan", "--offline", "--env")
    assert "gpt-4.1-mini" in project.run(*command, "openai").ended(0).out
    assert "no key is sent to llm.example" in project.run(*command, "next").ended(3).err
    allowed = {"RECONCILER_ALLOWED_HOSTS": "llm.example"}
    assert "llama-3.1-8b" in project.run(*command, "next", **allowed).ended(0).out


def test_no_block_is_left_out() -> None:
    """Every fenced block of these pages is of a language that a test runs or reads."""
    for page in [*PAGES, DOCS / "index.md", DOCS / "protocol.md"]:
        named = set(re.findall(r"^```(\S+)$", page.read_text("utf-8"), re.MULTILINE))
        assert named <= {"console", "yaml", "{toctree}"}, page


@pytest.mark.parametrize("of", ["manifest", "commands"])
def test_the_references_are_current(
    of: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """They are what `explain` makes of the code; `--update` writes them anew."""
    made = Project(tmp_path).run("explain", "--of", of, "--format", "markdown").ended(0).out
    page = DOCS / f"reference/{of}.md"
    if request.config.getoption("--update"):
        page.write_text(made, "utf-8")
    assert page.read_text("utf-8") == made, f"reconciler explain --of {of} --format markdown"


def test_a_reference_is_a_page(tmp_path: Path) -> None:
    """In no other form."""
    said = Project(tmp_path).run("explain", "--of", "commands").ended(64)
    assert said.error["cure"] == "reconciler explain --of commands --format markdown"


def test_every_anchor_of_the_manifest_exists() -> None:
    """A link within the reference leads to one of its headings, and to one alone."""
    text = (DOCS / "reference/manifest.md").read_text("utf-8")
    heads = [
        re.sub(r"[^\w-]", "", head.lower().replace(" ", "-"))
        for head in re.findall("^## (.*)$", text, re.MULTILINE)
    ]
    assert len(heads) == len(set(heads))
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= set(heads)


def test_messages_of_the_troubleshooting_are_ours() -> None:
    """What a reader looks for by its words is what the program says."""
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "reconciler").rglob("*.py"))
    code = re.sub(r'"\s*\n\s*f?"', "", code)
    text = (DOCS / "troubleshooting.md").read_text("utf-8").partition("## By message")[2]
    messages = [
        m
        for row in re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)
        for m in re.findall("`(.*?)`", row)
    ]
    assert len(messages) > 12
    code = code.replace("{access.name}", "GitHub") + code.replace("{access.name}", "GitLab")
    code += "9 of 11 files would be deleted" * ("{kind} would be {changes[0].action.past}" in code)
    assert [message for message in messages if message not in code] == []


def test_every_page_is_in_the_table_of_contents() -> None:
    """A page that nobody finds is none."""
    index = (DOCS / "index.md").read_text("utf-8")
    told = set(re.findall(r"^([a-zA-Z][\w/-]*)$", index, re.MULTILINE))
    found = {str(p.relative_to(DOCS).with_suffix("")) for p in DOCS.rglob("*.md")}
    assert {page for page in found - told if not page.startswith("adr/0")} == {"index"}
