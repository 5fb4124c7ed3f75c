"""Mistakes in the manifest, the data or the call: the place, the rule, the cure."""

import json
import os
import shlex
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import pytest

from reconciler.manifest.fence import Fence
from tests.support.cli import Project, Said, Sandbox, dataset, project
from tests.support.cli import command as command_line


def test_no_manifest(demo: Project) -> None:
    """Without a manifest the cure is to make one, or to name it."""
    (demo.root / "reconciler.yaml").unlink()
    for command in ("plan", "apply", "status", "destroy", "show", "files", "jobs", "models"):
        said = demo.run(command).ended(65)
        assert said.err == (
            "error: no reconciler.yaml here [no-manifest]\n"
            "  where: reconciler.yaml\n"
            "  cure:  `reconciler init`, or `-f FILE`\n"
        )


BROKEN: dict[str, tuple[str | bytes, str]] = {
    "empty-manifest": ("", "reconciler.yaml:1:1: error: reconciler.yaml is empty"),
    "not-yaml": ("version: 1\nproject: [x", "reconciler.yaml:3:1: error: this is not YAML"),
    "wrong-encoding": (b"\xff\xfe\x00v", "error: reconciler.yaml is UTF-16"),
    "duplicate-key": (
        "version: 1\nproject: demo\nproject: dome\n",
        "reconciler.yaml:3:1: error:",
    ),
}


@pytest.mark.parametrize("code", BROKEN)
def test_a_broken_manifest(demo: Project, code: str) -> None:
    """The place, the rule, and no guess at what was meant."""
    text, begin = BROKEN[code]
    demo.write("reconciler.yaml", text)
    said = demo.run("plan").ended(65)
    assert said.err.startswith(begin)
    assert f"[{code}]\n" in said.err
    assert said.out == ""


def test_names_that_are_no_text(demo: Project) -> None:
    """A file may be called by any bytes; an environment may not, and is told so."""
    odd = os.fsdecode(b"odd\xff")
    demo.write(odd, demo.read("reconciler.yaml"))
    for _ in range(2):
        assert demo.run("-f", odd, "validate").ended(0).out.startswith("Valid: ")
        assert 'no environment "odd\\udcff"' in demo.run("--env", odd, "validate").ended(65).out


def test_all_mistakes_at_once(demo: Project) -> None:
    """A misspelt key, a missing dataset and a broken line are told in one run, each with a cure."""
    demo.write("data/other.jsonl", dataset(12) + '{"messages": [}\n')
    demo.save(
        files={"train": {"path": "data/trian.jsonl"}, "other": {"path": "data/other.jsonl"}},
        jobs={"bot": {"model": "gpt-4.1-mini-2025-04-14", "training_file": "tarin"}},
    )
    said = demo.run("validate").ended(65)
    assert "error: no such dataset: data/trian.jsonl [missing-dataset]" in said.out
    assert "  cure:  did you mean data/train.jsonl?" in said.out
    assert "data/other.jsonl:13:15: error: not JSON" in said.out
    assert "did you mean train?" in said.out
    assert "\n3 errors, 0 warnings in 1 manifest and 1 of 2 datasets (13 rows)\n" in said.out
    assert said.err.startswith("next: reconciler explain ")
    assert demo.run("apply", "--yes").ended(65).out == ""


def test_a_misspelt_key(demo: Project) -> None:
    """An unknown key is an error at its place, with the key that was meant."""
    demo.manifest["jobs"]["bot"]["trainig_file"] = demo.manifest["jobs"]["bot"].pop("training_file")
    demo.save()
    said = demo.run("plan").ended(65)
    assert ': error: unknown key "trainig_file" in jobs.bot [unknown-key]\n' in said.err
    assert 'did you mean "training_file"?\n' in said.err


def test_an_unknown_provider(demo: Project) -> None:
    """The kinds that there are stand in the error."""
    demo.save(provider={"kind": "opnai"})
    said = demo.run("plan").ended(65)
    assert "provider.kind must be sandbox, openai, azure or compatible" in said.err
    assert 'did you mean "openai"?' in said.err


@pytest.mark.parametrize(
    ("path", "why"),
    [("../secret.jsonl", "leads out"), ("/etc/passwd", "relative"), ("data/link.jsonl", "a link")],
)
def test_a_dataset_outside(demo: Project, path: str, why: str) -> None:
    """A path that leaves the manifest's folder is refused, unless the operator opens it."""
    secret = demo.write("../secret.jsonl", dataset(12, "secret"))
    (demo.root / "data/link.jsonl").symlink_to(secret)
    demo.save(files={"train": {"path": path}})
    said = demo.run("plan").ended(65)
    assert "is outside the manifest's folder [path-outside]\n" in said.err
    assert why in said.err
    assert "--allow-path DIR" in said.err
    if path != "/etc/passwd":
        assert demo.run("plan", "--allow-path", "..").ended(0)


def test_a_state_outside(demo: Project) -> None:
    """A state outside is refused, and the folder may be opened."""
    demo.save(state={"backend": "../elsewhere.json"})
    said = demo.run("apply", "--yes").ended(3)
    assert said.error["what"] == (
        "the state file is outside the manifest's folder: ../elsewhere.json"
    )
    assert "--allow-path" in said.error["cure"]
    assert demo.run("apply", "--yes", "--allow-path", "..").ended(0)
    assert (demo.root / "../elsewhere.json").exists()


def test_a_state_in_the_repository(demo: Project) -> None:
    """No commit can have a state there, so nothing is written there either."""
    (demo.root / ".git").mkdir()
    (demo.root / "link").symlink_to(".git")
    for place in (".git/a.json", "link/a.json", ".git/hooks/a.json"):
        demo.save(state={"backend": place})
        error = demo.run("apply", "--yes").ended(3).error
        assert error["what"] == f"the state file is inside .git: {place}"
    assert not list((demo.root / ".git").iterdir())


WORLDS: dict[str, tuple[str, str, str]] = {
    "a database outside": ("state/sandbox.db", "../../outside/app.db", "is outside"),
    "a new file outside": ("state/sandbox.db", "../../outside/new.db", "is outside"),
    "a database of the project": ("state/sandbox.db", "../app.db", "is a link"),
    "a folder outside": ("state", "../outside", "is outside"),
    "a new folder outside": ("state", "../outside/new", "is outside"),
    "the repository": ("state", ".git", "is inside .git"),
}


@pytest.mark.parametrize("case", WORLDS)
def test_a_link_in_the_place_of_the_simulator_s_store(demo: Project, case: str) -> None:
    """A plan makes no store out of what a pull request's link leads to."""
    name, aim, why = WORLDS[case]
    demo.write(".git/config", "")
    for place in (demo.write("../outside/app.db", ""), demo.write("app.db", "")):
        with closing(sqlite3.connect(place)) as made:
            made.execute("CREATE TABLE precious (row TEXT)")
    (demo.root / name).parent.mkdir(exist_ok=True)
    (demo.root / name).symlink_to(aim)
    demo.save(state={"backend": "mine.json"})
    before = files_of(demo.root.parent)
    for command in (("plan",), ("apply", "--yes"), ("files", "list")):
        error = demo.run(*command).ended(3).error
        assert error["what"].startswith(f"refused: state/sandbox.db {why}")
        assert error["where"] == "state/sandbox.db"
        assert error["cure"]
    assert f"state/sandbox.db {why}" in demo.run("doctor").ended(1).out
    assert files_of(demo.root.parent) == before


def test_a_folder_for_the_simulator_may_be_opened(demo: Project) -> None:
    """As any other folder outside, by the operator."""
    (demo.root / "../outside").mkdir()
    (demo.root / "state").symlink_to("../outside")
    demo.run("apply", "--yes", "--wait", "--allow-path", "../outside").ended(0)
    assert (demo.root / "../outside/sandbox.db").exists()


def files_of(folder: Path) -> dict[str, bytes]:
    """What is in each file below a folder."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def test_a_link_that_takes_a_file_s_place(demo: Project) -> None:
    """Between the look at a path and its reading: what it leads to is not read."""
    secret = demo.write("../secret.jsonl", dataset(12, "secret"))
    real = Fence.confine

    def swap(fence: Fence, text: str) -> tuple[str, os.stat_result | None]:
        path = real(fence, text)
        (demo.root / text).unlink()
        (demo.root / text).symlink_to(secret)
        return path

    with patch.object(Fence, "confine", swap):
        said = demo.run("validate").ended(65)
    assert "cannot read the dataset" in said.out


def test_links_that_a_person_follows(demo: Project) -> None:
    """A dataset that is named on the command line, or found by `init`, may be one."""
    (demo.root / "data/link.jsonl").symlink_to("train.jsonl")
    demo.run("files", "upload", "data/link.jsonl").ended(0)
    (demo.root / "reconciler.yaml").unlink()
    assert "data/link.jsonl " in demo.run("init").ended(0).out


def test_init_takes_no_link_that_a_manifest_may_not_name(demo: Project) -> None:
    """One that leads out of the folder, or in a circle: `validate` would refuse it."""
    (demo.root / "reconciler.yaml").unlink()
    demo.root.with_name("secret.jsonl").write_text(demo.read("data/train.jsonl"))
    (demo.root / "out.jsonl").symlink_to("../secret.jsonl")
    (demo.root / "loop.jsonl").symlink_to("loop.jsonl")
    said = demo.run("init", "--json").ended(0)
    assert said.json["files"] == {"train": "data/train.jsonl"}
    demo.run("validate").ended(0)


@pytest.mark.parametrize("name", ["data", "state", "schema", "reconciler.yaml"])
@pytest.mark.parametrize("is_link", [True, False])
def test_init_where_its_names_are_taken(tmp_path: Path, name: str, is_link: bool) -> None:
    """By a file, or by a link that leads nowhere: nothing is written, not even the sample."""
    taken = tmp_path / name
    if is_link:
        taken.symlink_to("../nowhere")
    else:
        taken.touch()
    said = Project(tmp_path).run("init").ended(3)
    assert said.error["why"] == "init never overwrites"
    assert [*tmp_path.iterdir()] == [taken]


def test_a_file_that_cannot_be_written(demo: Project) -> None:
    """The lock file, or one of `init`: what and why, and no bug."""
    (demo.root / "reconciler.lock.yaml").mkdir()
    said = demo.run("validate", "--lock").ended(1)
    assert "error: cannot write the lock file\n" in said.err
    assert "  why:   Is a directory\n" in said.err
    demo.write(".github", "")
    said = demo.run("init", "--ci", "github").ended(1)
    assert "error: cannot write the file\n" in said.err


def test_a_reader_that_leaves(demo: Project) -> None:
    """`| head -1`: the effects of an apply are finished and recorded, without a traceback."""
    shown = shell(demo, "| head -c 1")
    assert "Traceback" not in shown
    assert "Exception ignored" not in shown
    assert demo.run("plan").ended(0).out.endswith("1 file, 1 job in sync\n")


def shell(demo: Project, rest: str) -> str:
    """What an apply with redirections leaves on the shell's stderr."""
    line = f"{shlex.join(command_line('apply', '--yes', '--wait'))} {rest}"
    env = demo.surroundings({})
    ended = subprocess.run(
        ["sh", "-c", line], cwd=demo.root, env=env, capture_output=True, text=True, check=False
    )
    return ended.stderr


@pytest.mark.parametrize("streams", ["0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"])
def test_closed_streams(demo: Project, streams: str) -> None:
    """A stream that is closed from the start is no reason to fail in the middle."""
    assert "Traceback" not in shell(demo, streams)
    assert demo.run("plan").ended(0).out.endswith("1 file, 1 job in sync\n")


@pytest.mark.parametrize("streams", ["1>/dev/full", "2>/dev/full", "1>/dev/full 2>/dev/full"])
def test_a_full_disk_under_the_log(demo: Project, streams: str) -> None:
    """Where words cannot be written the effects of an apply are finished and recorded."""
    shown = shell(demo, streams)
    assert "Traceback" not in shown
    assert "this is a bug" not in shown
    assert demo.run("plan").ended(0).out.endswith("1 file, 1 job in sync\n")


def test_a_result_that_is_not_whole(demo: Project) -> None:
    """What a full disk cut short is no success to whoever reads it later."""
    (demo.root / "other.yaml").write_text(demo.read("reconciler.yaml"))
    asked = ("plan", "--json", "--detailed-exitcode"), ("fmt", "-")
    for arguments in asked:
        with (
            Path("/dev/full").open("w") as full,
            (demo.root / "other.yaml").open() as manifest,
        ):
            said = demo.process(*arguments, stdout=full, stdin=manifest).ended(1)
        assert_unwritten(said)


def assert_unwritten(said: Said) -> None:
    """What is told of a result that is lost."""
    assert said.error == {
        "what": "the result could not be written",
        "where": "standard output",
        "why": "No space left on device",
        "cure": "make room there and run the same command again; what was done is recorded",
    }


def test_nobody_to_say_yes(served: Project, box: Sandbox) -> None:
    """Without a terminal and without --yes nothing is sent: 64, and the cure."""
    for command in ("apply", "destroy"):
        if command == "destroy":
            served.run("apply", "--yes").ended(0)
        writes = box.writes()
        error = served.run(command).ended(64).error
        assert error["what"] == f"{command} needs a yes, and nobody is here to ask"
        assert error["where"] == "stdin is not a terminal"
        assert error["cure"].startswith(f"reconciler {command} --yes")
        assert box.writes() == writes


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        (("chat", "jobs.bot", "hi"), 1, "jobs.bot has no model yet"),
        (("chat", "jobs.", "hi"), 64, "is not an address"),
        (("chat", "no-such-model", "hi"), 1, "404 model_not_found"),
        (("jobs", "events", "jobs.bot"), 1, "jobs.bot has no object yet"),
        (("jobs", "events", "ftjob-x"), 1, "404 fine_tune_not_found"),
        (("jobs", "events", "../files"), 3, "is not an id"),
        (("jobs", "cancel", "ftjob-x"), 64, "cancel needs a yes"),
        (("explain", "missing-rol"), 64, "did you mean missing-role?"),
        (("state", "forget", "jobs.bot"), 64, "the state does not know jobs.bot"),
        (("state", "unlock", "7c1e04"), 3, "there is no lock 7c1e04"),
        (("show", "\x1b[31mx"), 64, "no resource \\x1b[31mx"),
    ],
)
def test_what_is_not_there(demo: Project, command: tuple[str, ...], code: int, words: str) -> None:
    """A target that does not exist is named, and so is what does."""
    assert words in demo.run(*command).ended(code).err


def test_a_manifest_elsewhere(tmp_path: Path) -> None:
    """A manifest elsewhere is found by -f, its paths start at its own folder."""
    made = project(tmp_path / "deep/er")
    other = Project(tmp_path)
    said = other.run("-f", "deep/er/reconciler.yaml", "plan").ended(0)
    assert "+ files.train  create" in said.out
    json.loads(other.run("plan", "--json", "-f", str(made.root / "reconciler.yaml")).out)


@pytest.mark.parametrize(
    ("suffix", "is_taken"), [("a-B_9" * 8, True), ("x" * 41, False), ("a.b", False)]
)
def test_a_suffix_that_azure_refuses(demo: Project, suffix: str, is_taken: bool) -> None:
    """It is said before data are uploaded for the job; other endpoints take it."""
    demo.save(jobs={"bot": demo.manifest["jobs"]["bot"] | {"suffix": suffix}})
    demo.run("validate").ended(0)
    demo.save(provider={"kind": "azure", "base_url": "https://x.openai.azure.com/openai/v1"})
    said = demo.run("validate").ended(0 if is_taken else 65)
    assert ("jobs.bot.suffix must match [A-Za-z0-9_-]{1,40}" in said.out) is not is_taken
