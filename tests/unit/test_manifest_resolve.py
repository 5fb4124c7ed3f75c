"""Entries become resources after what they read, in time that does not grow with its square."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.address import Address
from reconciler.core.resource import Resource
from reconciler.kinds import BY_NAME
from reconciler.manifest import load
from reconciler.manifest.finding import MAX_PROBLEMS
from reconciler.manifest.resolve import check_references, resolve

SPECS = {name: kind.spec for name, kind in BY_NAME.items()}


class Counted:
    """A kind that counts how often it is asked what an entry reads."""

    def __init__(self, name: str) -> None:
        self.asked, self._kind = 0, BY_NAME[name]

    def references(self, spec: Any) -> Mapping[str, Address]:
        self.asked += 1
        return {n: ref for n, ref in self._kind.references(spec).items() if ref.kind == "jobs"}

    def resolve(
        self, address: Address, _spec: Any, _contents: Any, _known: Mapping[Address, Resource]
    ) -> Resource:
        return Resource(address, {}, str(address))


def test_a_chain_that_is_declared_from_its_end_on(tmp_path: Path) -> None:
    """Each job is looked at twice, however long the chain is."""
    text = "project: demo\nfiles: {t: {path: t.jsonl}}\njobs:\n"
    text += "".join(f"  j{n}: {{model: jobs.j{n + 1}, training_file: t}}\n" for n in range(200))
    path = tmp_path / "reconciler.yaml"
    path.write_text(text + "  j200: {model: gpt-4.1-mini-2025-04-14, training_file: t}\n")
    kinds = {name: Counted(name) for name in BY_NAME}
    found = resolve(load(path, SPECS), kinds, {})
    jobs = [address.name for address in found.resources if address.kind == "jobs"]
    assert jobs == [f"j{n}" for n in range(200, -1, -1)]
    assert kinds["jobs"].asked == 2 * 200 + 1


def test_thousands_of_names_that_nobody_declares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What each was meant to be is sought for no more than are told."""
    sought: list[str] = []
    monkeypatch.setattr("reconciler.manifest.resolve.nearest", lambda name, _: sought.append(name))
    text = "project: demo\nfiles: {t: {path: t.jsonl}}\njobs:\n"
    text += "".join(f"  j{n}: {{model: m, training_file: x{n}}}\n" for n in range(300))
    path = tmp_path / "reconciler.yaml"
    path.write_text(text)
    found = check_references(load(path, SPECS), BY_NAME)
    assert len(found) == len(sought) == MAX_PROBLEMS
