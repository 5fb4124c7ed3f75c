"""A manifest under edit, as a random walk edits it: always valid, in short notation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from reconciler.core.resource import Desired
from tests.support.stack import job, manifest

_DESIRED: dict[str, Desired] = {}
"""What each text of a draft has come to: a walk asks again and again."""
JOBS, FILES, CONTENTS = "abc", "fgh", ("F1", "F2", "F3")


@dataclass
class Draft:
    """Files by name → content, jobs by name → entry, and what moved."""

    files: dict[str, str] = field(default_factory=dict)
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)

    def desired(self) -> Desired:
        """The manifest; a `moved` that is no longer valid has been taken out of it."""
        text = repr((self.files, self.jobs, self.moved))
        if text not in _DESIRED:
            _DESIRED[text] = self._desired()
        return _DESIRED[text]

    def _desired(self) -> Desired:
        names = {f"files.{name}" for name in self.files} | {f"jobs.{name}" for name in self.jobs}
        moved = {to: was for to, was in self.moved.items() if to in names and was not in names}
        entries = [job(n, self.files[e["file"]], **e) for n, e in sorted(self.jobs.items())]
        return manifest(*entries, files=self.files, moved=moved)

    def edit(self, chance: Random) -> str:
        """One random edit; its name."""
        edits: list[Callable[[Random], object]] = [
            self.change_data, self.change_spec, self.change_generation, self.change_retry,
            self.change_protect, self.rename_job, self.rename_file, self.swap_jobs,
            self.add_job, self.add_job, self.remove_job, self.add_file, self.remove_file,
        ]  # fmt: skip
        chosen = chance.choice(edits)
        chosen(chance)
        return chosen.__name__

    def change_data(self, chance: Random) -> None:
        if self.files:
            self.files[chance.choice(sorted(self.files))] = chance.choice(CONTENTS)

    def change_spec(self, chance: Random) -> None:
        self._set(chance, suffix=chance.choice([None, "x"]))

    def change_generation(self, chance: Random) -> None:
        self._set(chance, generation=chance.choice([1, 2]))

    def change_retry(self, chance: Random) -> None:
        self._set(chance, retry=chance.choice([0, 1, 2]))

    def change_protect(self, chance: Random) -> None:
        self._set(chance, protect=chance.choice([False, False, True]))

    def _set(self, chance: Random, **fields: Any) -> None:
        if self.jobs:
            self.jobs[chance.choice(sorted(self.jobs))] |= fields

    def rename_job(self, chance: Random) -> None:
        free = sorted(set(JOBS) - set(self.jobs))
        if self.jobs and free:
            old, new = chance.choice(sorted(self.jobs)), chance.choice(free)
            self.jobs[new] = self.jobs.pop(old)
            self._move(chance, f"jobs.{old}", f"jobs.{new}")

    def rename_file(self, chance: Random) -> None:
        free = sorted(set(FILES) - set(self.files))
        if self.files and free:
            old, new = chance.choice(sorted(self.files)), chance.choice(free)
            self.files[new] = self.files.pop(old)
            for entry in self.jobs.values():
                entry["file"] = new if entry["file"] == old else entry["file"]
            self._move(chance, f"files.{old}", f"files.{new}")

    def _move(self, chance: Random, old: str, new: str) -> None:
        self.moved = {to: was for to, was in self.moved.items() if was != old and to != new}
        if chance.random() < 0.6:
            self.moved[new] = old

    def swap_jobs(self, chance: Random) -> None:
        if len(self.jobs) > 1:
            one, two = chance.sample(sorted(self.jobs), 2)
            self.jobs[one], self.jobs[two] = self.jobs[two], self.jobs[one]

    def add_job(self, chance: Random) -> None:
        if not self.files:
            self.add_file(chance)
        name = chance.choice(JOBS)
        self.jobs.setdefault(name, {"file": chance.choice(sorted(self.files))})

    def remove_job(self, chance: Random) -> None:
        if self.jobs:
            del self.jobs[chance.choice(sorted(self.jobs))]

    def add_file(self, chance: Random) -> None:
        self.files.setdefault(chance.choice(FILES), chance.choice(CONTENTS))

    def remove_file(self, chance: Random) -> None:
        """With the jobs that read it."""
        if self.files:
            name = chance.choice(sorted(self.files))
            del self.files[name]
            self.jobs = {n: entry for n, entry in self.jobs.items() if entry["file"] != name}

    def copy(self) -> Draft:
        return Draft(
            {**self.files}, {n: {**entry} for n, entry in self.jobs.items()}, {**self.moved}
        )
