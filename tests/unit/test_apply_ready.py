"""While an upload waits for its answer the next is made ready: announced, and not sent."""

from collections.abc import Callable, Iterator
from threading import Condition
from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.api.multipart import Upload
from reconciler.core.entries import Begin, Entry, Put
from reconciler.core.order import needs
from reconciler.effects import Effects
from reconciler.events import Done, Skipped
from reconciler.rig import side_by_side
from reconciler.round import carry_out, look
from reconciler.schedule import Lanes
from tests.support.stack import SETTLE, Stack, manifest
from tests.support.world import World, WorldLine

WITHIN = 20.0
MARGIN = 0.1
"""Seconds in which what must not happen would."""


class Story:
    """An apply of three files, one request at once: what happened, in order, and what holds it.

    Attributes:
        told: `begin f1`, `send f1`, `put f1`, `done f1`.
        holds: what happens → what has to have happened before it goes on.
        keeps_back: what happens → what must not happen until it went on.
        hooks: what happens → what is called then.
    """

    def __init__(self) -> None:
        self.one = Stack(World(), desired=manifest(files={"f1": "F1", "f2": "F2", "f3": "F3"}))
        self.told: list[str] = []
        self.holds: dict[str, str] = {}
        self.keeps_back: dict[str, str] = {}
        self.hooks: dict[str, Callable[[], object]] = {}
        self.sending = self.most = 0
        self._changed = Condition()

    def tell(self, what: str) -> None:
        """It happens, at its time."""
        with self._changed:
            if awaited := self.holds.get(what):
                assert self._changed.wait_for(lambda: awaited in self.told, WITHIN), awaited
            if early := self.keeps_back.get(what):
                assert not self._changed.wait_for(lambda: early in self.told, MARGIN), early
            self.hooks.get(what, bool)()
            self.told.append(what)
            self._changed.notify_all()

    def create_file(self, line: WorldLine, upload: Upload, **rest: Any) -> dict[str, Any]:
        """The request, which only waits for its answer from the first."""
        self.sending += 1
        self.most = max(self.most, self.sending)
        upload.answering()
        self.tell(f"send {upload.filename.split('.')[1]}")
        self.sending -= 1
        return create_file(line, upload, **rest)

    def run(self) -> list[Any]:
        """Apply; what was said of each change."""
        journal = self.one.journal()
        found = look(journal.state, self.one.desired, self.one.rig(journal.write), SETTLE)

        def write(entry: Entry) -> None:
            journal.write(entry)
            if isinstance(entry, Begin):
                self.tell(f"begin {entry.intent.address.name}")
            if isinstance(entry, Put):
                self.tell(f"put {entry.address.name}")

        return [*self._heard(carry_out(found, self.rig(write), journal))]

    def rig(self, write: Callable[[Entry], None]) -> Any:
        """In real threads."""
        rig = replace(self.one.rig(write), threads=side_by_side, lanes=Lanes(1, 1))
        return replace(rig, is_stopping=lambda: self.one.is_stopping)

    def _heard(self, events: Iterator[Any]) -> Iterator[Any]:
        for event in events:
            if isinstance(event, Done):
                self.tell(f"done {event.change.address.name}")
            yield event


create_file = WorldLine.create_file


@pytest.fixture
def story(monkeypatch: pytest.MonkeyPatch) -> Story:
    """In which every upload is held where the test wants it."""
    told = Story()

    def created(line: WorldLine, upload: Upload, **rest: Any) -> dict[str, Any]:
        return told.create_file(line, upload, **rest)

    monkeypatch.setattr(WorldLine, "create_file", created)
    return told


def test_the_next_is_announced_while_one_waits_for_its_answer(story: Story) -> None:
    """One more, and no second; it goes out when the answer is there."""
    story.holds, story.keeps_back = {"send f1": "begin f2"}, {"send f1": "send f2"}
    story.run()
    assert story.told[:3] == ["begin f1", "begin f2", "send f1"]
    assert story.most == 1
    assert len(story.one.world.files) == 3


def test_nothing_is_said_to_be_done_before_its_record_is_durable(story: Story) -> None:
    """Though the next two have gone out meanwhile."""
    story.holds, story.keeps_back = {"put f1": "send f3"}, {"put f1": "done f1"}
    story.run()
    for name in ("f1", "f2", "f3"):
        steps = [f"{word} {name}" for word in ("begin", "send", "put", "done")]
        assert [each for each in story.told if each in steps] == steps


def test_what_is_ready_when_somebody_asks_to_stop_is_not_sent(story: Story) -> None:
    """Its intent goes, as nothing came of it; what was sent is recorded."""

    def stop() -> None:
        story.one.is_stopping = True

    story.holds, story.hooks = {"send f1": "begin f2"}, {"send f1": stop}
    events = story.run()
    ends = [(event.change.address.name, getattr(event, "reason", "")) for event in events]
    assert sorted(ends[-3:]) == [("f1", ""), ("f2", "not started"), ("f3", "not started")]
    assert [file["filename"].split(".")[1] for file in story.one.world.files.values()] == ["f1"]
    assert story.one.state.pending == {}
    assert [address.name for address in story.one.state.records] == ["f1"]


def test_what_is_ready_when_the_state_cannot_be_written_is_not_sent() -> None:
    """Its intent stays: the next run finds that nothing came of it."""
    one = Stack(World(), desired=manifest(files={"f1": "F1"}))
    journal = one.journal()
    rig = one.rig(journal.write)
    found = look(journal.state, one.desired, rig, SETTLE)

    def write(entry: Entry) -> None:
        journal.write(entry)
        effects.entries.can_be_written = False  # as an entry of another thread found out

    required = needs(found.plan, found.live)
    effects = Effects(replace(rig, write=write), found.state, found.live, required, bool)
    (change,) = found.plan.changes
    assert effects.carry_out(change) == Skipped(change, "the state cannot be written")
    assert one.world.requests.count("POST file") == 0
    assert len(journal.checkpoint().pending) == 1
