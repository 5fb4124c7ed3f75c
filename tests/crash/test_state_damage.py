"""A state and journal as a killed apply leaves them: no damage is believed, wherever it is."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reconciler.backends import open_backend
from reconciler.core.codec import decode
from reconciler.core.owner import Owner
from reconciler.core.state import State
from reconciler.errors import Damaged
from reconciler.round import load

KEPT = Path(__file__).parents[1] / "unit" / "states"
OWNER = Owner("support-bots", "prod")
STRIDE = 5
"""Each so many-th byte is damaged; which ones, each kind of damage has of its own."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A real state with its journal, as a run that was killed left them."""
    (tmp_path / "state").mkdir()
    for suffix in ("json", "journal"):
        shutil.copy(KEPT / f"2.{suffix}", tmp_path / "state" / f"x.{suffix}")
    return tmp_path


def read(folder: Path) -> State | None:
    """The state as an apply would read it; None where it is refused as damaged."""
    backend = open_backend("state/x.json", folder)
    endpoint = ("https://api.openai.com/v1", "org-acme", "proj_1")
    try:
        return load(backend, OWNER, endpoint, "lineage").state
    except Damaged:
        return None


def shortened(folder: Path) -> list[State]:
    """What is known after each number of whole lines of the journal."""
    path = folder / "state/x.journal"
    lines = path.read_bytes().splitlines(keepends=True)
    found = []
    for count in range(len(lines) + 1):
        path.write_bytes(b"".join(lines[:count]))
        state = read(folder)
        assert state is not None
        found.append(state)
    return found


def flips(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The data with one bit changed, with the place of its byte; also the last ones."""
    for place, byte in list(enumerate(data))[-1::-STRIDE]:
        yield place, data[:place] + bytes([byte ^ 1 << place % 8]) + data[place + 1 :]


def cuts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The data cut short, with what is left; also with nothing."""
    yield from ((length, data[:length]) for length in range(0, len(data), STRIDE))


@pytest.mark.parametrize("damage", [flips, cuts])
def test_a_damaged_document(
    folder: Path, damage: Callable[[bytes], Iterator[tuple[int, bytes]]]
) -> None:
    """Refused, wherever it is."""
    path = folder / "state/x.json"
    whole = path.read_bytes()
    assert decode(whole, shown="x").serial == 7
    for place, data in damage(whole):
        path.write_bytes(data)
        assert read(folder) is None, place


def test_a_journal_that_was_cut_short(folder: Path) -> None:
    """The lines that are whole count, as after a crash in the middle of an append."""
    path = folder / "state/x.journal"
    whole = path.read_bytes()
    states = shortened(folder)
    for length, data in cuts(whole):
        path.write_bytes(data)
        assert read(folder) == states[data.count(b"\n")], length


def test_a_journal_with_a_changed_bit(folder: Path) -> None:
    """Refused; where the last line lost its end by it, it is a line that was cut short."""
    path = folder / "state/x.journal"
    whole = path.read_bytes()
    *_, without_last, complete = shortened(folder)
    last = whole.rfind(b"\n", 0, -1)
    for place, data in flips(whole):
        path.write_bytes(data)
        state = read(folder)
        assert state is None or (place > last and state == without_last), place
    path.write_bytes(whole)
    assert read(folder) == complete
