"""When each change begins: after what it needs, stage by stage, so many side by side."""

from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.address import Address
from reconciler.core.order import Key, needs, order, stage
from reconciler.core.plan import Action, Change, Plan
from reconciler.core.resource import Lifecycle, Phase
from reconciler.schedule import Lanes, Schedule
from tests.support.values import KINDS, A, B, F, G, live, live_at, recorded, want

OLD = live_at(want(A, "old"), "old-job", Phase.IN_PROGRESS, reads=("old-file",))
LIVE = live(OLD)


def lifecycle(kind: str) -> Lifecycle:
    """Of a kind."""
    return KINDS[kind].lifecycle


def schedule(*changes: Change, lanes: Lanes = Lanes(8, 1)) -> Schedule:  # noqa: B008  # a value
    """Of a plan of these."""
    return Schedule(Plan(changes), LIVE, lanes, lifecycle)


def taken(one: Schedule) -> list[Change]:
    """All that may begin now."""
    found = []
    while change := one.take():
        found.append(change)
    return found


def upload(name: str) -> Change:
    """A file to be made."""
    address = Address("files", name)
    return Change(Action.CREATE, address, "", resource=want(address))


def job(address: Address, reads: Address, action: Action = Action.CREATE, id_: str = "") -> Change:
    """A job to be made of a file."""
    resource = want(address, refs={"training_file": reads})
    return Change(action, address, "", resource=resource, id=id_)


def test_files_side_by_side_and_jobs_one_by_one() -> None:
    """A job begins when its own file has ended, while others are still under way."""
    f, g, h = (upload(name) for name in "fgh")
    a, b = job(A, F), job(B, G)
    one = schedule(b, a, h, g, f, lanes=Lanes(2, 1))
    assert taken(one) == [f, g]
    one.end(g)
    assert taken(one) == [h, b]
    one.end(f)
    assert taken(one) == []
    one.end(b)
    assert taken(one) == [a]


def test_what_waits_for_its_answer_gives_up_its_room() -> None:
    """One other begins, and no third before an end; what needs it waits for its end, too."""
    f, g, h = (upload(name) for name in "fgh")
    a = job(A, F)
    one = schedule(a, h, g, f, lanes=Lanes(1, 1))
    assert taken(one) == [f]
    one.answer(f)
    one.answer(f)
    assert taken(one) == [g]
    one.answer(g)
    assert taken(one) == []
    one.end(f)
    assert taken(one) == [h, a]


def test_a_stage_waits_for_the_one_before() -> None:
    """What is recorded anew comes first, what is deleted last, whatever needs what."""
    adopt = Change(Action.ADOPT, B, "", id="1", resource=want(B), record=recorded(want(B)))
    cancel = Change(Action.CANCEL, A, "", id="other-job")
    delete = Change(Action.DELETE, G, "", id="other-file")
    waits = Change(Action.WAITING, F, "")
    make = upload("h")
    one = schedule(delete, cancel, waits, make, adopt)
    for change in (adopt, make, cancel, delete):
        assert taken(one) == [change]
        one.end(change)
    assert taken(one) == []


def test_what_was_replaced_goes_after_all_that_it_needs() -> None:
    """The file, the job, the old job's cancel, the old file's delete."""
    file = Change(Action.REPLACE, F, "", id="old-file", resource=want(F), depose=True)
    delete = Change(Action.DELETE, F, "", id="old-file", follows=F)
    made = job(A, F, Action.REPLACE, "old-job")
    cancel = Change(Action.CANCEL, A, "", id="old-job", follows=A)
    one = schedule(delete, cancel, made, file)
    for change in (file, made, cancel, delete):
        assert taken(one) == [change]
        one.end(change)


def test_nothing_to_do() -> None:
    """An empty plan, or one in which everything waits."""
    assert taken(schedule()) == []
    assert taken(schedule(Change(Action.WAITING, A, ""))) == []


names = st.sampled_from("abcdefgh")
lanes = st.builds(Lanes, st.integers(1, 3), st.integers(1, 2))


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Files and jobs in all stages."""
    files = [upload(name) for name in draw(st.sets(names))]
    reads = st.sampled_from([Address("files", name) for name in "abcdefgh"])
    jobs = [job(Address("jobs", name), draw(reads)) for name in draw(st.sets(names))]
    gone = [
        Change(action, Address(kind, f"old-{name}"), "", id=f"{kind}-{name}")
        for action, kind in ((Action.DELETE, "files"), (Action.CANCEL, "jobs"))
        for name in draw(st.sets(names))
    ]
    return Plan(tuple(draw(st.permutations([*files, *jobs, *gone]))))


@given(plans(), lanes, st.randoms(use_true_random=False))
def test_every_change_once_after_what_it_needs(plan: Plan, width: Lanes, chance: object) -> None:
    """In any order of endings; no lane is ever wider than it may be, nor idle for no reason."""
    one = Schedule(plan, LIVE, width, lifecycle)
    required = needs(plan, LIVE)
    ended: set[Key] = set()
    busy: list[Change] = []
    answering: set[Key] = set()
    begun = taken(one)
    while begun or busy:
        for change in begun:
            assert required[change.key] <= ended
            earlier = {c.key for c in plan.changes if stage(c) < stage(change)}
            assert earlier <= ended
        busy += begun
        for each in Lifecycle:
            mine = [c for c in busy if lifecycle(c.address.kind) is each]
            most = width.width(each)
            assert len(mine) <= most + min(most, sum(c.key in answering for c in mine))
        change = chance.choice(busy)  # type: ignore[attr-defined]  # a Random
        is_upload = lifecycle(change.address.kind) is Lifecycle.STORED
        if is_upload and change.key not in answering:
            answering.add(change.key)
            one.answer(change)
            begun = taken(one)
            continue
        busy.remove(change)
        answering.discard(change.key)
        ended.add(change.key)
        one.end(change)
        begun = taken(one)
    assert ended == {change.key for change in plan.changes}


@given(plans(), lanes)
def test_one_after_the_other_is_the_order_of_the_plan(plan: Plan, width: Lanes) -> None:
    """Where each one ends before the next begins, as without threads."""
    one, found = Schedule(plan, LIVE, width, lifecycle), []
    while change := one.take():
        found.append(change)
        one.end(change)
    assert tuple(found) == order(plan, LIVE)
