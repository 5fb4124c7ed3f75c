"""Completion in the shells themselves: what is typed and completed is what the command gets."""

import os
import shutil
import subprocess
import sys
import time

import pytest

from reconciler.cli.completion import VARIABLE
from tests.support.cli import PATIENCE, PROGRAM, Project, Terminal

MATRIX = {"n_epochs": [2, 4], "seed": [1]}
ONE = "jobs.sweep[n_epochs=4,seed=1]"

SHOW = f"""\
#!/bin/sh
# The command, but where it is not asked to complete it only shows what it was given.
if [ -n "${VARIABLE}" ] || [ "$1" = completion ]; then exec "{PROGRAM[0]}" -m reconciler "$@"; fi
printf '<%s>\\n' "$@"
"""

SHELLS = {
    "bash": ("bash", "--norc", "--noprofile", "-i"),
    "zsh": ("zsh", "-f", "-i"),
}
SETUPS = {
    "bash": 'PS1="% "; eval "$(reconciler completion bash)"; echo is-$((6*7))\n',
    "zsh": 'PS1="%% "; autoload -U compinit; compinit -u -D; eval "$(reconciler completion zsh)"; '
    "echo is-$((6*7))\n",
}


def needs(shell: str) -> str:
    """The shell, or a skipped test where it is not installed."""
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here")
    return shell


@pytest.fixture
def swept(demo: Project) -> Project:
    """A project with a matrix and an environment, and the command that shows what it is given."""
    job = {"model": "ft:gpt-4.1:acme::A1", "training_file": "train"}
    late = {"jobs": {"late": job}}
    demo.save(jobs={"bot": job, "sweep": {**job, "matrix": MATRIX}}, environments={"prod": late})
    command = demo.write("bin/reconciler", SHOW)
    command.chmod(0o755)
    demo.environ["PATH"] = f"{command.parent}:{os.environ['PATH']}"
    return demo


CASES = {
    "explain tab\t": ["explain", "tab-indent"],
    "plan --det\t": ["plan", "--detailed-exitcode"],
    "-f reco\tshow jobs.b\t": ["-f", "reconciler.yaml", "show", "jobs.bot"],
    "--manifest=reco\tshow jobs.b\t": ["--manifest=reconciler.yaml", "show", "jobs.bot"],
    "show --env p\tjobs.l\t": ["show", "--env", "prod", "jobs.late"],
    "chat ft\t": ["chat", "ft:gpt-4.1:acme::A1"],
    "show jobs.sw\t4\t": ["show", ONE],
    "show jobs.sweep\\[n_epochs=4\t": ["show", ONE],
    "show 'jobs.sweep[n_epochs=4\t": ["show", ONE],
    "plan --allow-delete=jobs.sw\t4\t": ["plan", f"--allow-delete={ONE}"],
}
"""Keys → what the command is given in the end."""


@pytest.mark.parametrize("name", SHELLS)
def test_what_is_completed_is_what_is_given(swept: Project, name: str) -> None:
    """Signs that a shell would break a word at survive, quoted or not."""
    env = {"HOME": str(swept.root), "TERM": "dumb"}
    with Terminal(swept, env=env, program=SHELLS[needs(name)]) as terminal:
        terminal.press(SETUPS[name])
        terminal.until("is-42")
        for keys, words in CASES.items():
            terminal.shown = ""
            terminal.press(f"reconciler {keys}\n")
            terminal.until("".join(f"<{word}>\r\n" for word in words))


OFFERS = {
    "pla": ["plan\tShow what would change, why, and what it costs"],
    "show jobs.sweep[n_epochs=4": [ONE],
    "show jobs.sweep\\[n_epochs=4": [ONE],
    "show 'jobs.sweep[n_epochs=4": [ONE],
    "plan --allow-delete=jobs.b": ["--allow-delete=jobs.bot"],
    "chat ft": ["ft:gpt-4.1:acme::A1"],
    "-f reco": ["reconciler.yaml"],
    "--manifest=reco": ["--manifest=reconciler.yaml"],
    "-f nothing": [],
}
"""Line → what fish offers for its last word."""


def test_fish_offers_whole_words(swept: Project) -> None:
    """Fish quotes what it puts in, and tells in a pipe what it would offer."""
    program = (
        "reconciler completion fish | source; "
        'for line in $argv; complete -C "reconciler $line"; echo .; end'
    )
    said = swept.process(program, *OFFERS, program=(needs("fish"), "--no-config", "-c")).ended(0)
    offered = [answer.splitlines() for answer in said.out.split(".\n")][:-1]
    assert (offered, said.err) == ([*OFFERS.values()], "")


def pipe(project: Project) -> None:
    """A pipe in the manifest's place, which nobody writes to."""
    (project.root / "reconciler.yaml").unlink()
    os.mkfifo(project.root / "reconciler.yaml")


def huge(project: Project) -> None:
    """64 MiB of nothing."""
    os.truncate(project.root / "reconciler.yaml", 64 << 20)


def bomb(project: Project) -> None:
    """Nine times nine times nine, and so on."""
    levels = (f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30))
    project.write("reconciler.yaml", "\n".join(["a0: &a0 [x]", *levels]))


BROKEN = {
    "missing": lambda project: (project.root / "reconciler.yaml").unlink(),
    "not YAML": lambda project: project.write("reconciler.yaml", "jobs: [{"),
    "binary": lambda project: project.write("reconciler.yaml", b"\xff\xfe\0"),
    "a bomb": bomb,
    "huge": huge,
    "a pipe": pipe,
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_manifest_that_cannot_be_read_completes_nothing(demo: Project, name: str) -> None:
    """Nor is there a word about it in the middle of somebody's line."""
    BROKEN[name](demo)
    said = demo.process(env={VARIABLE: "bash_complete", "COMP_LINE": "reconciler show "})
    assert (said.code, said.out.strip(), said.err) == (0, "", "")


@pytest.mark.parametrize(
    "environ",
    [{VARIABLE: "bash_complete"}, {VARIABLE: "tcsh_complete"}, {VARIABLE: "x"},
     {VARIABLE: "bash_complete", "COMP_LINE": "reconciler nonsense "},
     {VARIABLE: "bash_complete", "COMP_LINE": "\udcff\\"}],
)  # fmt: skip
def test_what_no_script_asks_is_not_answered(demo: Project, environ: dict[str, str]) -> None:
    """Nothing is said of it either."""
    said = demo.process(env=environ)
    assert (said.code, said.out.strip(), said.err) == (0, "", "")


def test_nobody_waits_for_ever() -> None:
    """A search that does not end is given up, without a word."""
    program = "from reconciler.cli.completion.answer import give_up_after as g; g(.1)\nwhile 1: 0"
    began = time.monotonic()
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert time.monotonic() - began >= 0.1


def test_the_script_alone_is_printed(demo: Project) -> None:
    """For a shell to read; an unknown shell is a mistake on the command line."""
    assert demo.run("completion", "bash").ended(0).out.startswith("# Completion of reconciler")
    assert "complete --command" in demo.run("completion", "fish", "--json").ended(0).json["script"]
    assert "'tcsh' is not one of 'bash'" in demo.run("completion", "tcsh").ended(64).err
