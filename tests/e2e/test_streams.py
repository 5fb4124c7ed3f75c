"""stdout keeps, stderr passes; JSON is alone; colour, encoding, help and common options."""

import json
import re
import subprocess

import click
import pytest

from tests.support.cli import Project, Sandbox, Terminal, command, dataset
from tests.support.commands import EVERY, found

ESC = "\x1b"

COMMAND_LINES: dict[str, tuple[str, ...]] = {
    "validate": ("validate",),
    "plan": ("plan",),
    "apply": ("apply", "--yes"),
    "status": ("status",),
    "watch": ("watch",),
    "show": ("show",),
    "show ADDR": ("show", "jobs.bot"),
    "chat": ("chat", "jobs.bot", "hi"),
    "explain": ("explain",),
    "schema": ("schema",),
    "schema --of": ("schema", "--of", "events"),
    "explain CODE": ("explain", "5"),
    "cost": ("cost",),
    "graph": ("graph",),
    "fmt": ("fmt",),
    "unmanaged": ("unmanaged",),
    "import": ("import", "--all"),
    "gc": ("gc", "--yes"),
    "gc dry": ("gc", "--dry-run"),
    "files": ("files",),
    "files list": ("files", "list"),
    "files get": ("files", "get", "files.train"),
    "files upload": ("files", "upload", "data/train.jsonl"),
    "files content": ("files", "content", "files.train", "-o", "copy.jsonl"),
    "files delete": ("files", "delete", "files.train", "--yes"),
    "jobs": ("jobs",),
    "jobs list": ("jobs", "list"),
    "jobs get": ("jobs", "get", "jobs.bot"),
    "jobs events": ("jobs", "events", "jobs.bot"),
    "jobs checkpoints": ("jobs", "checkpoints", "jobs.bot"),
    "jobs pause": ("jobs", "pause", "jobs.bot"),
    "jobs resume": ("jobs", "resume", "jobs.bot"),
    "jobs cancel": ("jobs", "cancel", "jobs.bot", "--yes"),
    "models": ("models",),
    "models list": ("models", "list"),
    "models get": ("models", "get", "gpt-4.1-mini-2025-04-14"),
    "models delete": ("models", "delete", "ft:none", "--yes"),
    "state": ("state",),
    "state list": ("state", "list"),
    "state mv": ("state", "mv", "jobs.bot", "jobs.robot"),
    "state forget": ("state", "forget", "files.train"),
    "state migrate": ("state", "migrate", "--to", "state/elsewhere.json"),
    "rollback": ("rollback", "models.prod"),
    "why": ("why",),
    "why ADDR": ("why", "jobs.bot"),
    "state unlock": ("state", "unlock", "7c1e04"),
    "state rebuild": ("state", "rebuild", "--yes"),
    "destroy": ("destroy", "--yes"),
    "init": ("init", "-f", "other.yaml"),
    "comment": ("comment", "--reviewed", "--github"),
    "doctor": ("doctor",),
    "completion": ("completion", "bash"),
}
"""A line for each command."""

MANY_LINES = ("apply", "destroy", "gc", "jobs events", "watch")
"""These give JSON Lines, as does an error."""

SERVES = "sandbox serve"
"""It does not end by itself."""


def test_no_command_is_forgotten() -> None:
    """Every command that there is stands in the table of these tests."""
    names = {" ".join(path) for path in EVERY if not isinstance(found(path), click.Group)}
    assert names - {SERVES} <= {name.replace(" ADDR", "") for name in COMMAND_LINES}


@pytest.mark.parametrize("name", COMMAND_LINES)
def test_json_is_alone(demo: Project, name: str) -> None:
    """With --json stdout is JSON and nothing else, stderr is silent, the exit code is the same."""
    if name != "apply":
        demo.run("apply", "--yes", "--wait").ended(0)
    said = demo.run(*COMMAND_LINES[name], "--json")
    assert said.err == ""
    if said.code:  # no finished job is cancelled, no lock or alias that is not taken away or back
        assert said.code in (1, 3, 64)
        assert said.lines[-1]["type"] == "error"
    elif name in MANY_LINES:
        assert all(isinstance(line, dict) for line in said.lines)
    else:
        assert said.json is not None


WITHOUT = {"completion", "doctor", "explain", "explain CODE", "init", "schema", "schema --of"}
"""These need no manifest, or tell of one that is missing among other things."""


@pytest.mark.parametrize("name", sorted(COMMAND_LINES.keys() - WITHOUT))
def test_json_errors_are_json(demo: Project, name: str) -> None:
    """An error is the last JSON line, with its four parts and its exit code."""
    (demo.root / "reconciler.yaml").unlink()
    said = demo.run("--json", *COMMAND_LINES[name]).ended(65)
    assert said.err == ""
    if name == "validate":
        assert said.json["problems"][0]["code"] == "no-manifest"
        return
    (line,) = said.lines
    assert line["type"] == "error"
    assert line["error"]["exit_code"] == 65
    assert line["error"]["what"] == "no reconciler.yaml here"


def test_json_usage_errors_are_json(demo: Project) -> None:
    """A mistake on the command line is JSON, too, wherever --json stands."""
    for arguments in (("--json", "paln"), ("--json", "plan", "--foo"), ("plan", "--json", "--foo")):
        said = demo.run(*arguments).ended(64)
        assert said.err == ""
        assert said.json["error"]["exit_code"] == 64


def test_apply_is_json_lines(demo: Project) -> None:
    """The plan, an event for each step, each change of a job's status, the end."""
    lines = demo.run("apply", "--yes", "--wait", "--json").ended(0).lines
    kinds = [line["type"] for line in lines]
    assert kinds == ["plan", "started", "done", "started", "done", "job", "end"]
    assert [change["action"] for change in lines[0]["changes"]] == ["create", "create"]
    assert lines[-2]["status"] == "succeeded"
    assert lines[-1].pop("paid")["trained_tokens"] > 0
    assert lines[-1] == {
        "type": "end",
        "exit_code": 0,
        "done": 2,
        "failed": 0,
        "skipped": 0,
        "waiting": 0,
        "unsettled": 0,
        "unrecorded": 0,
        "running": 0,
        "findings": [],
        "unfinished": [],
        "next": 'reconciler chat jobs.bot "…"',
    }


def test_plan_as_json(demo: Project) -> None:
    """The plan's document is versioned and says what the text says."""
    document = demo.run("plan", "--json").ended(0).json
    assert document["format_version"] == 1
    assert [(c["address"], c["action"]) for c in document["changes"]] == [
        ("files.train", "create"),
        ("jobs.bot", "create"),
    ]
    demo.run("apply", "--yes", "--wait").ended(0)
    assert demo.run("plan", "--json").json["in_sync"] == {"files": 1, "jobs": 1}


def test_a_refused_plan_as_json(demo: Project) -> None:
    """What refuses a plan stands in its document, with the cure."""
    demo.manifest["jobs"]["bot"]["protect"] = True
    demo.save()
    demo.run("apply", "--yes").ended(0)
    demo.save(jobs={})
    document = demo.run("plan", "--json").json
    assert {item["severity"] for item in document["refusals"]} <= {"refused"}


def test_stdout_keeps_and_stderr_passes(demo: Project) -> None:
    """Plan and summary are on stdout; progress and next steps on stderr."""
    said = demo.run("apply", "--yes", "--wait").ended(0)
    assert re.findall(r"^(?:Plan|Apply): ", said.out, re.MULTILINE) == ["Plan: ", "Apply: "]
    assert "next:" not in said.out
    steps = r"\d\d:\d\d:\d\dZ (files\.train|jobs\.bot)  .+"
    *progress, following = said.err.splitlines()
    assert len(progress) == 3
    assert all(re.fullmatch(steps, line) for line in progress)
    assert following.startswith("next: ")


def test_in_ci_nobody_is_told_what_to_type(demo: Project) -> None:
    """CI=true takes the `next:` lines away; the digest is for whoever reviews."""
    err = demo.run("plan", CI="true").ended(0).err
    assert re.fullmatch(
        r"digest: ([0-9a-f]{64}) \(apply just this: reconciler apply --expect \1\)\n", err
    )
    assert "next:" not in demo.run("apply", "--yes", "--wait", CI="true").ended(0).all


@pytest.mark.parametrize(
    ("environ", "flag", "is_coloured"),
    [
        ({}, (), False),
        ({"FORCE_COLOR": "1"}, (), True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, (), False),
        ({"FORCE_COLOR": "1"}, ("--no-color",), False),
    ],
)
def test_colour_in_a_pipe(
    demo: Project, environ: dict[str, str], flag: tuple[str, ...], is_coloured: bool
) -> None:
    """A pipe has colour only where it is demanded and not forbidden."""
    assert (ESC in demo.run("plan", *flag, **environ).ended(0).out) is is_coloured


@pytest.mark.parametrize(
    ("environ", "is_coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
)
def test_colour_at_a_terminal(demo: Project, environ: dict[str, str], is_coloured: bool) -> None:
    """A terminal has colour unless it is dumb or nobody wants it."""
    with Terminal(demo, "plan", env=environ) as terminal:
        assert (f"{ESC}[32m" in terminal.end().out) is is_coloured


def test_plain_signs_where_there_is_no_unicode(demo: Project) -> None:
    """Under an ASCII locale every line is ASCII, and says the same."""
    said = demo.process("apply", "--yes", "--wait", env={"PYTHONIOENCODING": "ascii"}).ended(0)
    assert said.all.isascii()
    assert "  + files.train  create  new" in said.out
    demo.write("data/train.jsonl", dataset(13))
    plan = demo.process("plan", env={"PYTHONIOENCODING": "ascii"}).ended(0)
    assert "  ~ jobs.bot     replace  its training data" in plan.out
    assert "rows    12 -> 13  +1 -0\n" in plan.out


def test_text_fits_a_terminal(served: Project, box: Sandbox) -> None:
    """Nothing that we word is wider than 90 columns at a terminal; ids are never cut."""
    served.run("apply", "--yes", "--wait").ended(0)
    served.write("data/train.jsonl", dataset(13))
    served.manifest["jobs"]["bot"]["seed"] = 9
    served.save()
    box.fault("server_error", path="/v1/fine_tuning/jobs", method="POST", status=403, message="x")
    for arguments in (("plan",), ("apply", "--yes"), ("status",), ("--help",), ("apply", "-h")):
        with Terminal(served, *arguments, env={"NO_COLOR": "1"}) as terminal:
            for line in terminal.end().out.split("\n"):
                visible = line.rpartition("\r")[2]
                assert len(visible) <= 90 or "ft:" in visible, visible


@pytest.mark.parametrize("before", [True, False])
def test_options_before_and_after_the_command(demo: Project, before: bool) -> None:
    """-C and -f are taken on both sides of the command's name."""
    demo.run("apply", "--yes", "--wait").ended(0)
    options = ("-C", "demo", "-f", "reconciler.yaml", "--no-color")
    outside = Project(demo.root.parent)
    arguments = (*options, "plan") if before else ("plan", *options)
    assert outside.run(*arguments).ended(0).out.endswith("1 file, 1 job in sync\n")
    verbs = (*options, "jobs", "list") if before else ("jobs", "list", *options)
    assert "1 job\n" in outside.run(*verbs).ended(0).out


def test_dash_m_and_the_module_agree(demo: Project) -> None:
    """A real process says and ends as the same command in this process does."""
    here, there = demo.run("plan").ended(0), demo.process("plan").ended(0)
    assert (here.out, here.err) == (there.out, there.err)
    wrong = subprocess.run(
        command("paln"), cwd=demo.root, env=demo.surroundings({}), capture_output=True, check=False
    )
    assert wrong.returncode == 64


def test_the_simulator_says_where_it_is(demo: Project) -> None:
    """`sandbox serve` names its base URL at once, also in a pipe and as JSON."""
    with demo.start("sandbox", "serve", "--port", "0", "--json") as process:
        assert process.stdout is not None
        line = json.loads(process.stdout.readline())
        assert line["base_url"].startswith("http://127.0.0.1:")
        process.terminate()
        assert process.wait(5) == 0
