"""A project and an endpoint at which a scenario is played, and what a judge may know of both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import urllib3

from reconciler.core.owner import Owner
from reconciler.core.state import State
from reconciler.round import load
from tests.reliability.keeps import Keep
from tests.support.cli import MODEL, Project, Said, Sandbox, dataset

SETTLE = 300
TRAINING = 36_000.0
"""Seconds that a job runs: longer than any recovery."""

Command = tuple[str, ...]


@dataclass
class Place:
    """One project at one simulator, where others are at work as well.

    Attributes:
        owner: the project's name, which is in every marker.
        others: a file and a job that belong to somebody else.
        said: what each run said.
        digest: of the plan that was reviewed.
        keep: where the state is.
    """

    project: Project
    box: Sandbox
    owner: str
    others: tuple[str, str]
    said: list[Said] = field(default_factory=list)
    digest: str = ""
    keep: Keep = field(default_factory=Keep)

    def declare(self, manifest: dict[str, Any], data: dict[str, str]) -> None:
        """Write a manifest and its datasets; `data` maps a file's name to what it is about."""
        for name, thing in data.items():
            self.project.write(f"data/{name}.jsonl", dataset(12, thing))
        self.project.save(**manifest)

    def run(self, command: Command) -> Said:
        """A command, and what it said."""
        self.said.append(self.project.run(*self.words(command)))
        return self.said[-1]

    def words(self, command: Command) -> Command:
        """The command with the digest that was reviewed."""
        return tuple(self.digest if word == "DIGEST" else word for word in command)

    @property
    def state(self) -> State:
        """The state as the next run would find it."""
        return self.state_in(self.project.root)

    def state_in(self, folder: Path) -> State:
        """The state in another folder, of the same project and endpoint."""
        endpoint = (self.box.server.base_url, "", "")
        with closing(self.keep.open(folder)) as backend:
            return load(backend, Owner(self.owner), endpoint, "new").state

    def recorded(self) -> bytes:
        """The state and its journal, as bytes."""
        return self.keep.recorded(self.project.root)

    def lose_state(self) -> None:
        """The disk of the runner is gone."""
        self.keep.lose(self.project.root)

    def strays(self) -> Iterator[str]:
        """Where what happened is no path of the protocol's model, as far as it was recorded."""
        yield from ()

    def pass_time(self, seconds: float) -> None:
        """The endpoint's clock goes on."""
        self.box.advance(seconds)

    def let_in(self) -> None:
        """Carry out what the endpoint kept of a dead run's requests."""

    @property
    def writes(self) -> int:
        """How many requests there were that change something."""
        return self.box.writes()

    @property
    def problems(self) -> Sequence[str]:
        """What the endpoint saw that no run may do."""
        return ()


def project_of(root: Path, owner: str, box: Sandbox, **sections: Any) -> Project:
    """An empty project of an owner, at a simulator."""
    cache = {"XDG_CACHE_HOME": str(root / "cache")}
    made = Project(root, cache, {"version": 1, "project": owner, **sections})
    box.serves(made)
    return made


def others_at(box: Sandbox) -> tuple[str, str]:
    """A file and a job of another owner, marked as its own."""
    name, content = "other.f1.0123456789abcdef.jsonl", dataset(12, "other")
    form, kind = urllib3.encode_multipart_formdata(
        {"purpose": "fine-tune", "file": (name, content)}
    )
    headers = {"authorization": "Bearer other", "content-type": kind}
    url = f"{box.server.base_url}/files"
    file = box.pool.request("POST", url, body=form, headers=headers).json()["id"]
    marks = {"owner": "other", "address": "jobs.a", "fingerprint": "v1:0", "attempt": "1.1"}
    metadata = {f"reconciler_{name}": value for name, value in marks.items()}
    body = {"model": MODEL, "training_file": file, "metadata": metadata}
    return file, box.send("POST", "/fine_tuning/jobs", body)["id"]
