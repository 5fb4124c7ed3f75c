"""`reconciler init --ci`: the workflows that plan on a pull request and apply on merge."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Literal

from reconciler import __version__
from reconciler.cli.out import Out
from reconciler.errors import Refusal

Ci = Literal["github", "gitlab"]

WORKFLOWS = {
    ".github/workflows/reconciler.yml": "github.yml",
    ".github/workflows/reconciler-drift.yml": "github-drift.yml",
}
"""File of a repository → our sample of it."""

PIPELINE, INCLUDED = ".gitlab-ci.yml", ".gitlab/reconciler.yml"

NEXT: Mapping[Ci, str] = {
    "github": "set the secret OPENAI_API_KEY and the variable RECONCILER_STATE of the repository",
    "gitlab": "set the variables OPENAI_API_KEY, RECONCILER_STATE and GITLAB_TOKEN of the project",
}
"""What nobody but its owner can do for a workflow."""

NOTES = {
    ".github/workflows/reconciler.yml": "plan on a pull request, apply on merge",
    ".github/workflows/reconciler-drift.yml": "every night: what was changed outside",
    PIPELINE: "plan on a merge request, apply on merge",
    INCLUDED: "the same, to be included",
}


def ci_files(ci: Ci, root: Path, out: Out) -> dict[Path, tuple[str, str]]:
    """File → its text and a note about it; none of them is there.

    Raises:
        Refusal: one is; nothing is overwritten.
    """
    named = WORKFLOWS if ci == "github" else {_pipeline(root, out): "gitlab.yml"}
    for name in named:
        if is_there(root / name):
            raise Refusal(
                f"{name} is there already",
                why="init never overwrites",
                cure="move it away, run this again, and put together what both say",
            )
    return {root / name: (sample(source), NOTES[name]) for name, source in named.items()}


def _pipeline(root: Path, out: Out) -> str:
    """A pipeline that is there already includes ours."""
    if not is_there(root / PIPELINE):
        return PIPELINE
    out.say(f"note: {PIPELINE} is there already; add to it: include: [{{local: {INCLUDED}}}]")
    return INCLUDED


def is_there(path: Path) -> bool:
    """Whether something has this name; a link that leads nowhere has it, too."""
    return path.is_symlink() or path.exists()


def sample(name: str) -> str:
    """One of our samples, for this version."""
    text = files("reconciler").joinpath("samples", "ci", name).read_text("utf-8")
    return text.replace("]==VERSION", f"]=={__version__}")
