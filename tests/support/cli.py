"""The command line as a user meets it: in this process, as a real one, or at a terminal."""

import contextlib
import io
import json
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self
from unittest.mock import patch

import urllib3
import yaml

import reconciler
from reconciler.cli.main import run
from reconciler.sandbox.embedded import Embedded, embed
from reconciler.sandbox.pace import INSTANT, Pace
from tests.support import canary

KEY = canary.KEY
"""A key that must never be seen in any output."""
CODE = Path(reconciler.__file__).parents[1]
MODEL = "gpt-4.1-mini-2025-04-14"
PROGRAM = (sys.executable, "-m", "reconciler")
"""The command as a real process."""
SIZE = (40, 90)
"""Rows and columns of a terminal."""
PATIENCE = 60.0
"""Seconds after which a process that should have ended, or spoken, fails its test."""


class Stream(io.TextIOWrapper):
    """What a command writes, as UTF-8: what cannot be encoded fails here as it does at a pipe."""

    def __init__(self) -> None:
        self.bytes = io.BytesIO()
        super().__init__(self.bytes, "utf-8", newline="", write_through=True)

    @property
    def text(self) -> str:
        """All of it."""
        return self.bytes.getvalue().decode("utf-8", "backslashreplace")


@dataclass(frozen=True)
class Said:
    """What a command left: its exit code and its two streams."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        """Both streams."""
        return self.out + self.err

    @property
    def json(self) -> Any:
        """Standard output as the one JSON value that it is."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """Standard output as JSON Lines."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def error(self) -> dict[str, str]:
        """The parts of the one error on stderr: what, where, why, cure."""
        assert self.err.startswith("error: "), self.err
        split = (line.strip().partition(": ") for line in self.err.splitlines())
        named = {label: text.strip() for label, _, text in split}
        return {"what": named.pop("error"), **named}

    def ended(self, code: int) -> "Said":
        """The same, after the exit code was checked; what was said stands in the failure."""
        assert self.code == code, f"exit {self.code}, not {code}\n{self.out}\n{self.err}"
        return self


def as_yaml(value: object) -> str:
    """In the order of its keys; quickly, where no surrogate has to be escaped."""
    try:
        return str(yaml.dump(value, Dumper=yaml.CSafeDumper, sort_keys=False))
    except UnicodeEncodeError:
        return yaml.safe_dump(value, sort_keys=False)


@dataclass
class Project:
    """A folder with a manifest and small datasets, and the commands run in it.

    Attributes:
        environ: what the commands find in their environment, beside what the test has.
        manifest: the manifest as a value; `save` writes it.
    """

    root: Path
    environ: dict[str, str] = field(default_factory=lambda: {"RECONCILER_SANDBOX_PACE": "instant"})
    manifest: dict[str, Any] = field(default_factory=dict)

    def save(self, **sections: Any) -> None:
        """Write the manifest, after these sections of it were replaced."""
        self.manifest |= sections
        self.write("reconciler.yaml", as_yaml(self.manifest))

    def write(self, name: str, text: str | bytes) -> Path:
        """A file of the project."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def read(self, name: str) -> str:
        """A file of the project."""
        return (self.root / name).read_text("utf-8")

    @property
    def state(self) -> dict[str, Any]:
        """The checkpoint of the state."""
        document: dict[str, Any] = json.loads(self.read("state/demo.json"))
        return document

    def record(self, address: str) -> dict[str, Any]:
        """What the state records of an address."""
        record: dict[str, Any] = self.state["records"][address]
        return record

    def lose_state(self) -> None:
        """The disk of the runner is gone; the simulator's store, if it is there, is not."""
        for path in (self.root / "state").glob("demo.*"):
            path.unlink()

    def run(self, *arguments: str, stdin: str = "", **environ: str) -> Said:
        """A command in this process, as fast as can be; it is never at a terminal."""
        return checked(self.attempt(*arguments, stdin=stdin, **environ))

    def attempt(self, *arguments: str, stdin: str = "", **environ: str) -> Said:
        """The same, whatever it says: the caller judges it."""
        out, err, bytes_ = Stream(), Stream(), io.BytesIO(stdin.encode("utf-8", "surrogateescape"))
        with (
            patch.dict(os.environ, self.environ | environ),
            patch.object(sys, "stdin", io.TextIOWrapper(bytes_, "utf-8", "surrogateescape")),
            contextlib.chdir(self.root),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = run(arguments)
        said = Said(int(code), out.text, err.text)
        canary.said.append((f"`{' '.join(arguments)}`", said.all))
        if "--json" in arguments:
            from tests.support import shapes  # jsonschema takes long to come

            shapes.judge(arguments, said.out)
        return said

    def start(self, *arguments: str, **more: Any) -> "subprocess.Popen[str]":
        """A command, or another program, as a process of its own; the caller ends it."""
        given: dict[str, Any] = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "text": True,
        }
        environ, program = more.pop("env", {}), more.pop("program", PROGRAM)
        return subprocess.Popen(  # the caller ends it
            [*program, *arguments], cwd=self.root, env=self.surroundings(environ), **given | more
        )

    def process(self, *arguments: str, **more: Any) -> Said:
        """A command as a process of its own, to its end."""
        return finished(self.start(*arguments, **more))

    def surroundings(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The environment of a process."""
        return {**os.environ, "PYTHONPATH": str(CODE), **self.environ, **environ}

    def beside(self, name: str) -> "Project":
        """The same manifest and data on another disk: a runner that knows no state."""
        other = replace(self, root=self.root.parent / name, environ=dict(self.environ))
        for path in self.root.rglob("*.jsonl"):
            other.write(str(path.relative_to(self.root)), path.read_bytes())
        other.save()
        return other


def command(*arguments: str) -> list[str]:
    """The command line of a real process."""
    return [*PROGRAM, *arguments]


def finished(process: "subprocess.Popen[str]") -> Said:
    """What a process said, once it has ended."""
    try:
        out, err = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return checked(Said(process.returncode, out or "", err or ""))


def checked(said: Said) -> Said:
    """What no command may ever do: show a traceback, call itself a bug, or show the key."""
    assert "Traceback (most" not in said.all, said.all
    assert "this is a bug" not in said.all, said.all
    assert KEY not in said.all, said.all
    return said


def project(root: Path, rows: int = 12, **sections: Any) -> Project:
    """A project `demo` with one file and one job on the simulator, unless `sections` differ."""
    made = Project(root)
    made.write("data/train.jsonl", dataset(rows))
    made.save(
        version=1,
        project="demo",
        provider={"kind": "sandbox"},
        files={"train": {"path": "data/train.jsonl"}},
        jobs={"bot": {"model": MODEL, "training_file": "train", "seed": 7}},
        **sections,
    )
    return made


def many(project: Project, count: int, jobs: int = 0) -> None:
    """Declare so many files, and jobs that read the first of them."""
    names = [f"f{number}" for number in range(count)]
    for number, name in enumerate(names):
        project.write(f"data/{name}.jsonl", dataset(12, f"thing-{number}"))
    project.save(
        files={name: {"path": f"data/{name}.jsonl"} for name in names},
        jobs={
            f"j{number}": {"model": MODEL, "training_file": "f0", "seed": number}
            for number in range(jobs)
        },
    )


def dataset(rows: int = 12, thing: str = "order") -> str:
    """A fit dataset: questions about numbered things, and an answer of its own for each."""
    return "".join(f"{json.dumps(example(thing, number))}\n" for number in range(rows))


def example(thing: str, number: int) -> dict[str, Any]:
    """A question and its answer."""
    question = {"role": "user", "content": f"Where is {thing} {number}?"}
    answer = {"role": "assistant", "content": f"The {thing} {number} has tracking T{number}."}
    return {"messages": [question, answer]}


@dataclass(frozen=True)
class Sandbox:
    """A simulator that runs beside the commands, with its control endpoints."""

    server: Embedded
    pool: urllib3.PoolManager

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """One request to a control endpoint."""
        raw = None if body is None else json.dumps(body).encode()
        answer = self.pool.request(method, self.server.control_url + path, body=raw)
        assert answer.status == 200, answer.data
        return answer.json()

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """One request to the API, by someone else."""
        raw = None if body is None else json.dumps(body).encode()
        headers = {"authorization": "Bearer other", "content-type": "application/json"}
        answer = self.pool.request(method, self.server.base_url + path, body=raw, headers=headers)
        assert answer.status == 200, answer.data
        return answer.json()

    def fault(self, kind: str, **more: Any) -> None:
        """Switch a fault on."""
        self.ask("POST", "/faults", {"kind": kind, **more})

    def heal(self) -> None:
        """No more faults."""
        self.ask("DELETE", "/faults")

    def advance(self, seconds: float) -> None:
        """Let simulated time pass."""
        self.ask("POST", "/clock", {"advance": seconds})

    def made(self, kind: str) -> list[dict[str, Any]]:
        """Everything of a kind (`files`, `jobs`) that was ever created; results aside."""
        objects: list[dict[str, Any]] = self.ask("GET", "/ledger")[kind]
        return [each for each in objects if each.get("purpose") != "fine-tune-results"]

    def requests(self) -> dict[str, int]:
        """How many requests each route of the API has had."""
        counts: dict[str, int] = self.ask("GET", "/ledger")["requests"]
        return counts

    def wait_for(self, route: str, count: int = 1) -> None:
        """Return once a route has had so many requests."""
        deadline = time.monotonic() + PATIENCE
        while self.requests().get(route, 0) < count:
            assert time.monotonic() < deadline, f"no {route}"
            time.sleep(0.02)

    def writes(self) -> int:
        """How many requests were not reads."""
        return sum(n for route, n in self.requests().items() if not route.startswith("GET"))

    def serves(self, project: Project, **provider: str) -> None:
        """Point a project to this simulator, as an endpoint of kind `compatible`."""
        project.environ |= {"OPENAI_BASE_URL": self.server.base_url, "OPENAI_API_KEY": KEY}
        project.save(provider={"kind": "compatible", **provider})


@contextlib.contextmanager
def sandbox(pace: Pace = INSTANT) -> Iterator[Sandbox]:
    """A simulator in memory; jobs are done at once unless `pace` says otherwise."""
    with embed(None, pace=pace) as server, urllib3.PoolManager(retries=False) as pool:
        yield Sandbox(server, pool)


class Terminal:
    """A command at a pseudo-terminal: everything it shows, and the keys that a person presses."""

    def __init__(
        self,
        project: Project,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        program: Sequence[str] = PROGRAM,
    ) -> None:
        self._keys, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, SIZE)
        given = {"stdin": theirs, "stdout": theirs, "stderr": theirs, "program": program}
        self.process = project.start(*arguments, env=env or {}, start_new_session=True, **given)
        os.close(theirs)
        self.shown = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._keys)
        canary.said.append(("a terminal", self.shown))

    def until(self, text: str) -> str:
        """Everything shown so far, once it has this text."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.shown:
            assert time.monotonic() < deadline, f"no {text!r} in:\n{self.shown}"
            assert self._read(), f"ended without {text!r}:\n{self.shown}"
        return self.shown

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._keys, keys.encode())

    def interrupt(self) -> None:
        """^C."""
        self.process.send_signal(signal.SIGINT)

    def end(self) -> Said:
        """Everything that was shown, once the command has ended."""
        return checked(self.rest())

    def rest(self) -> Said:
        """The same, whatever it was: the caller judges it."""
        deadline = time.monotonic() + PATIENCE
        while self._read():
            assert time.monotonic() < deadline, f"it does not end:\n{self.shown[-2000:]}"
        return Said(self.process.wait(PATIENCE), self.shown.replace("\r\n", "\n"), "")

    def _read(self) -> bool:
        """One more piece; False at the end."""
        ready, _, _ = select.select([self._keys], [], [], PATIENCE)
        assert ready, f"silent for {PATIENCE} s:\n{self.shown}"
        try:
            piece = os.read(self._keys, 65536)
        except OSError:  # Linux says EIO where the other side was closed
            return False
        self.shown += piece.decode("utf-8", "replace")
        return bool(piece)
