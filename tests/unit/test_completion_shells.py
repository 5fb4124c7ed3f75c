"""What stands at the cursor, and how each shell is told of it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete

from reconciler.cli.completion import SCRIPTS, VARIABLE, script
from reconciler.cli.completion.shells import Bash, Fish, PowerShell, Zsh
from reconciler.cli.root import COMMANDS, root
from reconciler.cli.settings import Settings
from reconciler.cli.values import KINDS, Environment, Target
from reconciler.kinds import BY_NAME
from reconciler.render.layout import ROOM
from reconciler.rules import RULES
from reconciler.rules.exits import EXITS
from tests.support.commands import EVERY, found
from tests.unit.test_completion_line import BREAKS

MANIFEST = """\
project: x
files: {train: {path: a}}
jobs:
  bot: {training_file: train, model: gpt-4.1}
  sweep: {training_file: train, model: gpt-4.1, matrix: {n_epochs: [2, 4], seed: [1]}}
environments: {dev: , prod: {jobs: {late: {training_file: train}}}}
"""
TWO, FOUR = "jobs.sweep[n_epochs=2,seed=1]", "jobs.sweep[n_epochs=4,seed=1]"
BASE = ["files.train", "jobs.bot", TWO, FOUR]

Complete = Callable[..., list[str]]


@pytest.fixture
def complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Complete:
    """What a shell is told for a line, in a folder with a manifest."""
    (tmp_path / "reconciler.yaml").write_text(MANIFEST)
    monkeypatch.chdir(tmp_path)

    def asked(line: str, shell: type[ShellComplete] = Fish) -> list[str]:
        environ = {"COMP_LINE": f"reconciler {line}", "COMP_WORDBREAKS": BREAKS}
        *words, word = environ["COMP_LINE"].split(" ")
        for name, value in {**environ, "COMP_WORDS": "\n".join(words), "COMP_WORD": word}.items():
            monkeypatch.setenv(name, value)
        return shell(root, {"obj": Settings()}, "reconciler", VARIABLE).complete().splitlines()

    return asked


def words(answer: list[str]) -> list[str]:
    """The words that fish is told, without their helps."""
    return [line.removeprefix("plain,").partition("\t")[0] for line in answer]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("", list(COMMANDS)),
        ("s", ["status", "show", "state", "schema", "sandbox"]),
        ("jobs ", ["cancel", "checkpoints", "events", "get", "list", "pause", "resume"]),
        ("--e", ["--env"]),
        ("plan --det", ["--detailed-exitcode"]),
        ("show ", BASE),
        ("show jobs.s", [TWO, FOUR]),
        ("show jobs.sweep[n_epochs=4", [FOUR]),
        ("files get ", ["files.train"]),
        ("jobs cancel ", BASE[1:]),
        ("chat ", [*BASE[1:], "gpt-4.1"]),
        ("chat jobs.bot --with g", ["gpt-4.1"]),
        ("models get gpt", ["gpt-4.1"]),
        ("state mv jobs.bot files", ["files.train"]),
        ("apply --allow-delete files", ["files.train"]),
        ("--env ", ["dev", "prod"]),
        ("plan --env=p", ["--env=prod"]),
        ("show jobs.l", []),
        ("--env prod show jobs.l", ["jobs.late"]),
        ("show --env=prod jobs.l", ["jobs.late"]),
        ("explain bad-n", ["bad-name"]),
        ("completion ", ["bash", "zsh", "fish", "powershell"]),
        ("validate --format g", ["github", "gitlab"]),
        ("show jobs.bot ", []),
        ("show -- jobs.b", ["jobs.bot"]),
    ],
)
def test_what_may_stand_there(complete: Complete, line: str, offered: list[str]) -> None:
    """Commands, options, addresses, environments, models, rules and shells."""
    assert words(complete(line)) == offered


def test_options_before_the_word_say_which_manifest(complete: Complete, tmp_path: Path) -> None:
    """`-C` and `-f` are followed, before the command or after it."""
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "m.yaml").write_text("jobs: {elsewhere: {}}")
    assert words(complete("show -f other/m.yaml ")) == ["jobs.elsewhere"]
    assert words(complete("-C other -f m.yaml show ")) == ["jobs.elsewhere"]
    assert words(complete(f"show -C {tmp_path} -f other/m.yaml jobs.e")) == ["jobs.elsewhere"]


def test_files_and_folders_are_left_to_the_shell(complete: Complete) -> None:
    """It knows best how to complete them."""
    assert complete("-f re") == ["file,re"]
    assert complete("-C ") == ["dir,"]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("jobs.sw", [r"jobs.sweep\[n_epochs=2,seed=1\]", r"jobs.sweep\[n_epochs=4,seed=1\]"]),
        ("jobs.sweep[n_epochs=", [r"2,seed=1\]", r"4,seed=1\]"]),
        (r"jobs.sweep\[n_epochs=4,s", [r"4,seed=1\]"]),
        ("'jobs.sweep[n_epochs=4", [FOUR]),
        ("--allow-delete=jobs.sweep[n_epochs=4", [r"4,seed=1\]"]),
        ("--allow-delete=jobs.b", ["jobs.bot"]),
        ("--allow-delete jobs.b", ["jobs.bot"]),
    ],
)
def test_bash_is_told_the_rest_of_a_word(complete: Complete, typed: str, told: list[str]) -> None:
    """It breaks words at `=` and `:`, and puts in what it is told as it is."""
    line = f"plan {typed}" if typed.startswith("-") else f"show {typed}"
    assert complete(line, Bash) == [f"plain,{rest}" for rest in told]


def test_zsh_is_told_word_and_help(complete: Complete) -> None:
    """Three lines each; `_` is no help; a colon would begin the help."""
    assert complete("plan --allow-d", Zsh) == [
        "plain", "--allow-delete",
        "Allow deletes and cancels at these addresses, whatever their number.",
    ]  # fmt: skip
    assert complete("plan --allow-delete=jobs.b", Zsh) == [
        "plain", "--allow-delete=jobs.bot", "_",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("jobs.b", ["jobs.bot"]),
        ("jobs.sweep[n_epochs=4", [f"'{FOUR}'"]),
        ("'jobs.sweep[n_epochs=4", [f"'{FOUR}'"]),
        ("--allow-delete=jobs.sweep[n_epochs=4", [f"'--allow-delete={FOUR}'"]),
    ],
)
def test_powershell_is_told_words_in_quotes(
    complete: Complete, typed: str, told: list[str]
) -> None:
    """A comma would make two words of one; three lines each, as its script reads them."""
    line = f"plan {typed}" if typed.startswith("-") else f"show {typed}"
    expected = [part for word in told for part in ("plain", word, "_")]
    assert complete(line, PowerShell) == expected


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_every_option_of_every_command(complete: Complete, path: tuple[str, ...]) -> None:
    """What a command takes can be completed."""
    offered = words(complete(" ".join([*path, "-"])))
    parameters = [one for one in found(path).params if isinstance(one, click.Option)]
    assert {name for one in parameters for name in one.opts} <= {*offered}


TARGETS = {"address", "source", "target", "job", "file", "model"}
"""Arguments that an address is given for."""


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_every_address_can_be_completed(path: tuple[str, ...]) -> None:
    """An argument or option that takes an address is declared as one."""
    for one in found(path).params:
        is_named = isinstance(one, click.Argument) and not isinstance(one.type, click.Path)
        takes_one = is_named and one.name in TARGETS
        if takes_one or getattr(one, "metavar", None) in ("ADDR", "MODEL"):
            assert isinstance(one.type, Target), one.name
        if one.name == "env":
            assert isinstance(one.type, Environment)


def test_every_kind_has_its_addresses() -> None:
    """A new kind is completed like the others."""
    assert {*BY_NAME} <= {*KINDS}


def test_codes_have_their_meaning(complete: Complete) -> None:
    """All of them, each with its text beside it."""
    assert words(complete("explain ")) == [*EXITS, *RULES]
    assert complete("explain 64") == [f"plain,64\t{EXITS['64']}"]


@pytest.mark.parametrize("shell", SCRIPTS)
def test_scripts_fit_a_terminal(shell: str) -> None:
    """ASCII, not wider than a line that is printed as it is, and named as the shell's own."""
    text = script(shell)
    assert text.isascii()
    assert max(map(len, text.splitlines())) <= ROOM
    assert f"{shell}_complete" in text


LIGHT = ["", "pl", "-", "plan --", "jobs ", "explain ", "completion ", "validate --format "]
READS = ["show ", "--env ", "chat jobs."]


@pytest.mark.parametrize(("lines", "allowed"), [(LIGHT, []), (READS, ["yaml"])])
def test_completing_is_light(tmp_path: Path, lines: list[str], allowed: list[str]) -> None:
    """Names and options import nothing that is heavy; an address reads YAML, and no more."""
    (tmp_path / "reconciler.yaml").write_text(MANIFEST)
    program = (
        "import os, sys\n"
        "from reconciler.cli.completion.shells import Bash\n"
        "from reconciler.cli.root import root\n"
        "from reconciler.cli.settings import Settings\n"
        f"for line in {lines!r}:\n"
        "    os.environ['COMP_LINE'] = f'reconciler {line}'\n"
        "    assert Bash(root, {'obj': Settings()}, 'reconciler', 'X').complete()\n"
        "print([n for n in ('pydantic', 'urllib3', 'rich', 'yaml') if n in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{allowed}\n"
