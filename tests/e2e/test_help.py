"""Help, version and mistakes on the command line; cures name only what there is."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from reconciler import __version__
from reconciler.cli.root import COMMANDS
from tests.support.cli import CODE, Project
from tests.support.commands import EVERY, found


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("paln",), "error: No such command 'paln'. Did you mean 'plan'?\n  cure:  reconciler"),
        (("xyzzy",), "error: No such command 'xyzzy'.\n"),
        (("plan", "--foo"), "No such option '--foo'"),
        (("plan", "extra"), "unexpected extra argument"),
        (("apply", "--deadline", "soon"), "'soon' is not a duration: write 90m, 1h30m or 300s"),
        (("apply", "--settle", "-1"), "is not a duration"),
        (("-C", "no/such/folder", "plan"), "Directory 'no/such/folder' does not exist"),
        (("jobs", "lsit"), "No such command 'lsit'"),
        (("sandbox",), "Missing command"),
        (("chat",), "Missing argument 'MODEL'"),
        (("-f",), "requires an argument"),
    ],
)
def test_usage_errors(demo: Project, arguments: tuple[str, ...], words: str) -> None:
    """A mistake on the command line is 64, in one or two lines, with the way to the help."""
    said = demo.run(*arguments).ended(64)
    assert words in said.err
    assert said.err.startswith("error: ")
    assert "--help\n" in said.err
    assert said.out == ""


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_of_the_whole(demo: Project, flag: str) -> None:
    """The help begins with what can be tried at once, and names every command."""
    said = demo.run(flag).ended(0)
    assert "Try it offline, without a key:\n    reconciler init\n" in said.out
    for name, entry in COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(entry.help)}$", said.out, re.MULTILINE)
    assert demo.run().ended(0).out == said.out


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_every_command_has_help(demo: Project, path: tuple[str, ...]) -> None:
    """Every command says in a sentence what it does, and every option what it is for."""
    command = found(path)
    assert command.help
    said = demo.run(*path, "-h").ended(0)
    assert said.out.startswith(f"Usage: reconciler {' '.join(path)} ")
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{path}: {parameter.opts} has no help"


def test_version(demo: Project) -> None:
    """The version stands alone."""
    assert demo.run("--version").ended(0).out == f"reconciler {__version__}\n"


PROSE = {"is", "wrote", "when", "did"}
"""What follows our name where it is no command."""

HEAVY = ("pydantic", "urllib3", "rich", "yaml", "starlette", "reconciler.cli.verbs")


def test_help_is_light() -> None:
    """Help of all kinds, the version and a typo import nothing that is heavy."""
    lines = [["--version"], ["paln"], *([*path, "--help"] for path in [(), *EVERY])]
    program = (
        "import sys\n"
        "from reconciler.cli.main import run\n"
        f"for line in {lines!r}:\n"
        "    run(line)\n"
        f"    print('HEAVY', [name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=CODE, capture_output=True, text=True, check=True
    )
    assert re.findall("^HEAVY .*", done.stdout, re.MULTILINE) == ["HEAVY []"] * len(lines)


def strings(path: Path) -> Iterator[str]:
    """Every text in a module that a user may read: all but docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    prose = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.value


GIT = ("--verify", "--porcelain", "--untracked-files")
"""What git is told."""


def test_no_cure_names_a_command_that_does_not_exist() -> None:
    """Every `reconciler VERB` and every `--flag` in a text of ours is one that there is."""
    names = {path[0] for path in EVERY}
    flags = {opt for path in EVERY for param in found(path).params for opt in param.opts}
    flags |= {"--help", "--version", *GIT}
    wrong = []
    for module in sorted((CODE / "reconciler").rglob("*.py")):
        for text in strings(module):
            verbs = re.findall(r"(?<![\w./-])reconciler ([a-z]+)\b", text)
            wrong += [(module.name, text) for verb in verbs if verb not in names | PROSE]
            used = re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)
            wrong += [(module.name, text) for flag in used if flag not in flags]
    assert not wrong
