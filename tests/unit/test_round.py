"""Load, look, carry out: what is read back, what is refused, and what is written when."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reconciler.backends import Holder, open_backend
from reconciler.core.address import Address
from reconciler.core.codec import decode, format_of
from reconciler.core.entries import Gone, Put
from reconciler.core.formats import FORMAT
from reconciler.core.owner import Owner
from reconciler.errors import ApiError, Refusal, Unsettled
from reconciler.round import load
from tests.support.stack import ENDPOINT, WALK, Stack, job, manifest
from tests.support.values import record
from tests.support.world import World, WorldApi


def applied() -> Stack:
    """A runner after its first apply."""
    one = Stack(World(), desired=manifest(job("a")))
    one.apply()
    return one


def test_a_new_state_has_a_lineage_of_its_own() -> None:
    """And nothing is written before something is to do."""
    one = Stack(World())
    assert one.journal().state.serial == 0
    one.apply()
    assert one.disk.document is None


def test_the_first_entry_follows_a_checkpoint() -> None:
    """Without one, a crash would leave entries that cannot be read."""
    one = Stack(World())
    journal = one.journal()
    journal.write(Gone("x"))
    assert one.disk.document
    assert one.journal().state.lineage == journal.state.lineage


def test_each_checkpoint_says_under_which_lock_it_was_written() -> None:
    """And has a name of its own, by which a writer knows it again; an epoch never goes back."""
    one = applied()
    names = {one.state.write_id}
    for epoch, expected in ((7, 7), (0, 7), (9, 9)):
        journal = load(one.disk, one.owner, ENDPOINT, "lineage", epoch=epoch)  # type: ignore[arg-type]  # no lock
        journal.write(Gone("x"))
        names.add(journal.checkpoint().write_id)
        assert one.state.epoch == expected
    assert len(names) == 4


def test_an_apply_is_one_checkpoint() -> None:
    """The journal is folded into it, and serial counts it."""
    one = applied()
    assert one.disk.journal == []
    assert (one.state.serial, len(one.state.records)) == (2, 2)


def test_an_interrupted_apply_is_folded_by_the_next() -> None:
    """Even where nothing else is to do."""
    begin = Stack(World(), desired=manifest(job("a")))
    one = begin.killed_when(lambda one: len(one.state.records) == 2)
    assert one.disk.journal
    one.apply()
    assert one.disk.journal == []


def test_an_old_format_is_written_anew_before_the_first_entry() -> None:
    """A journal has the format of the checkpoint it follows; reading alone changes nothing."""
    one = Stack(World(), desired=manifest(job("a")))
    old = (Path(__file__).parent / "states/1.json").read_bytes()
    owner, endpoint = Owner("support-bots", "prod"), decode(old, shown="x").endpoint
    one.disk.document = old
    journal = load(one.disk, owner, endpoint, "lineage")  # type: ignore[arg-type]  # no lock
    assert journal.checkpoint().serial == 7
    assert one.disk.document == old
    journal.write(Gone("file-old"))
    assert format_of(one.disk.document) == FORMAT
    journal = load(one.disk, owner, endpoint, "lineage")  # type: ignore[arg-type]  # no lock
    assert (journal.state.serial, sorted(journal.state.deposed)) == (8, ["ftjob-old"])


def test_entries_without_their_checkpoint() -> None:
    """Refused: a state that is started afresh would pay for everything again."""
    one = Stack(World(), desired=manifest(job("a")))
    one = one.killed_when(lambda one: bool(one.disk.journal))
    one.disk.document = None
    with pytest.raises(Refusal, match="its journal is there"):
        one.journal()


def test_the_state_of_another_owner() -> None:
    """Two owners in one state would lose track of each other's objects."""
    one = applied()
    with pytest.raises(Refusal, match="belongs to walk, the manifest is of other"):
        load(one.disk, Owner("other"), ENDPOINT, "lineage")  # type: ignore[arg-type]  # no lock


def test_the_state_of_another_environment() -> None:
    """That is no new name of the project."""
    one = applied()
    with pytest.raises(Refusal) as refused:
        load(one.disk, Owner("walk", "prod"), ENDPOINT, "lineage")  # type: ignore[arg-type]  # no lock
    assert "previous_projects" not in refused.value.cure


def test_a_project_that_was_renamed_keeps_its_state() -> None:
    """The manifest says what it was called before; the next checkpoint says what it is called."""
    one = applied()
    new = Owner("run")
    with pytest.raises(Refusal, match="belongs to walk") as refused:
        load(one.disk, new, ENDPOINT, "lineage")  # type: ignore[arg-type]  # no lock
    assert "previous_projects: [walk]" in refused.value.cure
    journal = load(one.disk, new, ENDPOINT, "lineage", earlier=[one.owner])  # type: ignore[arg-type]  # no lock
    assert (journal.state.owner, journal.state.records) == ("run", one.state.records)
    journal.write(Gone("x"))
    journal.checkpoint()
    assert load(one.disk, new, ENDPOINT, "lineage").state.owner == "run"  # type: ignore[arg-type]  # no lock


@pytest.mark.parametrize(
    ("elsewhere", "what"),
    [
        (("https://other.example/v1", "org-1", ""), "another endpoint"),
        (("https://api.example/v1", "org-1", "p"), "another organisation"),
        (("https://api.example/v1", "", "p"), "another project of the endpoint"),
    ],
)
def test_the_state_of_another_endpoint(elsewhere: tuple[str, str, str], what: str) -> None:
    """Its ids would seem to be gone there; both are named."""
    one = applied()
    with pytest.raises(Refusal, match=f"the state belongs to {what}$") as refused:
        load(one.disk, one.owner, elsewhere, "lineage")  # type: ignore[arg-type]  # no lock
    assert "made at https://api.example/v1, the" in refused.value.why
    assert "says " + ", ".join(filter(None, elsewhere)) in refused.value.why


@pytest.mark.parametrize("error", [ApiError("503"), Unsettled("an odd list")])
def test_a_list_that_fails_plans_nothing(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """No answer is not an absence."""

    def fail(self: WorldApi) -> object:
        raise error

    one = applied()
    monkeypatch.setattr(WorldApi, "walk_jobs", fail)
    with pytest.raises(type(error)):
        one.plan()


def test_what_cannot_be_read_is_not_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the API's own 404 says so, of a job that no list shows."""

    def fail(self: WorldApi, id_: str) -> object:
        raise ApiError("503")

    one = applied()
    one.world.fresh["job-0002"] = one.world.now + 9
    monkeypatch.setattr(WorldApi, "retrieve_job", fail)
    with pytest.raises(ApiError, match="503"):
        one.plan()


def test_a_plan_asks_for_lists_and_for_what_they_lack() -> None:
    """One walk a kind, the models, and one GET for each recorded id that no list shows."""
    one = applied()
    one.world.requests.clear()
    one.plan()
    assert sorted(one.world.requests) == ["GET /files", "GET /fine_tuning/jobs", "GET /models"]
    one.world.files.clear()
    one.world.fresh["job-0002"] = one.world.now + 9
    one.world.requests.clear()
    found = one.look()
    assert sorted(one.world.requests)[3:] == ["GET file-0001", "GET job-0002"]
    assert found.live.gone == {"file-0001"}
    assert "job-0002" in found.live.objects


def test_the_quiet_time_outlives_a_crash() -> None:
    """It begins with the first walk, and no later apply begins it again."""
    one = applied()
    one.lose_state()
    assert one.apply_killed_at(3)
    until = one.state.quiet_until
    assert until == one.world.now + 300
    one.world.pass_time(100)
    one.apply()
    assert one.state.quiet_until == until


def test_a_state_tells_since_when_it_knows() -> None:
    """Since the first look of its lineage; where nothing is to do, nothing is written for it."""
    one = applied()
    since = one.state.since
    assert since == one.world.now
    one.world.pass_time(100)
    one.desired = manifest(job("b", "F2"))
    one.apply()
    assert one.state.since == since
    one.lose_state()
    one.apply()
    assert one.state.since == one.world.now
    one.desired = manifest()
    empty = Stack(World(), desired=one.desired)
    empty.apply()
    assert empty.disk.document is None


def test_any_thread_may_write(tmp_path: Path) -> None:
    """One line after the other, behind one checkpoint: the disk says what memory does."""
    backend = open_backend("state/x.json", tmp_path)
    with backend.lock(Holder("1", "me", "here", 1, "now", "apply")) as epoch:
        journal = load(backend, WALK, ENDPOINT, "lineage", epoch=epoch)
        with ThreadPoolExecutor(8) as threads:
            addresses = [Address("files", f"f{number}") for number in range(64)]
            list(threads.map(lambda a: journal.write(Put(a, record(a.name, "v1:"))), addresses))
        found = load(backend, WALK, ENDPOINT, "other").state
        assert (found.serial, {*found.records}) == (1, {*addresses})
        assert journal.checkpoint().records == found.records
