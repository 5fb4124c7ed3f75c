"""An alias in the state: what it points at, what it pointed at, and what is left of it."""

from msgspec.structs import replace

from reconciler.core.address import Address
from reconciler.core.alias import (
    HISTORY_KEPT,
    Alias,
    Checked,
    Promote,
    Promotion,
    Release,
    due,
    is_writable,
    variable_of,
)
from reconciler.core.checks import not_passed
from reconciler.core.entries import Move
from reconciler.core.guards import Setting, guard
from reconciler.core.plan import Action, Change, Plan
from reconciler.core.retention import is_forbidden
from reconciler.core.state import State, replay
from reconciler.errors import Refused
from reconciler.kinds import BY_NAME
from tests.support.stack import Stack, job, manifest
from tests.support.world import World

PROD, NEXT = Address("models", "prod"), Address("models", "next")
EMPTY = State("lineage", "bots")


def promoted(*models: str) -> State:
    """A state in which one alias was promoted from one model to the next."""
    steps = zip(("", *models), models, strict=False)
    entries = (Promote(PROD, Alias(m, history=(Promotion(m, b),))) for b, m in steps)
    return replay(EMPTY, entries)


def test_each_promotion_is_added_to_the_history() -> None:
    """An entry carries what is new; a quiet one adds nothing."""
    state = replay(promoted("a", "b"), [Promote(PROD, Alias("b", pinned=True))])
    assert [(p.before, p.model) for p in state.aliases[PROD].history] == [("", "a"), ("a", "b")]
    assert state.aliases[PROD].pinned


def test_the_history_is_bounded() -> None:
    """The latest stay."""
    history = promoted(*(f"m{n}" for n in range(HISTORY_KEPT + 5))).aliases[PROD].history
    assert (len(history), history[-1].model) == (HISTORY_KEPT, f"m{HISTORY_KEPT + 4}")


def test_a_model_that_an_alias_gave_up_is_remembered() -> None:
    """Nothing deletes it from then on; an alias that nobody knew has none to give up."""
    assert replay(promoted("a"), [Release(PROD)]).released == ("a",)
    unknown = replay(EMPTY, [Promote(PROD, Alias()), Release(PROD), Release(NEXT)])
    assert (unknown.aliases, unknown.released) == ({}, ())


def test_an_alias_moves_with_its_history() -> None:
    """And an address that has none moves nothing."""
    state = replay(promoted("a"), [Move(PROD, NEXT), Move(PROD, Address("models", "x"))])
    assert [*state.aliases] == [NEXT]
    assert state.aliases[NEXT].history[0].model == "a"


def test_the_last_result_of_a_check_counts() -> None:
    """One a model and digest, the latest last."""
    first, other = Checked("a", "d", "fail"), Checked("b", "d", "pass")
    again = Checked("a", "d", "pass")
    assert replay(EMPTY, [first, other, again]).checked == (other, again)


def test_what_applications_are_told() -> None:
    """What is known; of an alias that is not, declared or recorded, what they were told before."""
    aliases = {PROD: Alias("a"), NEXT: Alias(), Address("models", "new"): Alias()}
    there = {"next": "old", "gone": "x", "late": "y"}
    assert due(aliases, there, ["late", "prod"]) == {"late": "y", "next": "old", "prod": "a"}


def test_a_model_is_written_where_no_format_can_take_it_for_its_own() -> None:
    """No break, quote, blank or sign of a shell."""
    assert is_writable("ft:gpt-4.1-mini-2025-04-14:acme:support:9fQ2aB7c:ckpt-step-88")
    assert is_writable("Qwen/Qwen2.5-7B+lora@v1")
    assert not any(map(is_writable, ("", "a b", "a\nb", 'a"', "$a", "-a", "a=b", "ä", "a" * 257)))
    assert variable_of("support-prod_2") == "SUPPORT_PROD_2"


def test_what_nobody_could_judge_is_another_error_than_what_failed() -> None:
    """A person has to look, or the data have to be better."""
    failed = not_passed(PROD, Checked("new", "d", "fail", 1, 2, "x"), "old")
    assert (failed.exit_code, failed.what) == (1, "models.prod stays at old: 1 of 2 checks failed")
    open_ = not_passed(PROD, Checked("new", "d", "investigate", 0, 2, "x"), "")
    assert open_.exit_code == 5
    assert open_.what == "models.prod is not promoted: 2 of 2 checks cannot be judged"


def test_only_a_delete_of_a_model_may_be_forbidden() -> None:
    """Everything else that is refused is a failure."""
    delete = Change(Action.DELETE, PROD, "x", id="m")
    assert is_forbidden(delete, Refused("no", status=403))
    assert not is_forbidden(delete, Refused("no", status=400))
    assert not is_forbidden(replace(delete, action=Action.PROMOTE), Refused("no", status=403))


def test_a_model_in_use_is_never_deleted() -> None:
    """Whoever planned it, and whatever is allowed."""
    one = Stack(World(), desired=manifest())
    state, found = promoted("a"), one.look()
    plan = Plan(
        (Change(Action.DELETE, NEXT, "x", id="a"), Change(Action.DELETE, NEXT, "x", id="b"))
    )
    (refused,) = guard(
        plan, one.desired, state, found.live, BY_NAME, leave=one.leave, setting=Setting()
    )
    assert (refused.what, refused.why) == ("refused: a is in use", "models.prod points at it")


def test_an_alias_in_sync_writes_nothing() -> None:
    """Promoted once, then quiet."""
    one = Stack(World(), desired=manifest(job("a"), aliases={"prod": {"job": "a"}}))
    one.apply()
    one.world.finish(one.world.active()[0])
    one.converge()
    assert one.plan() == one.plan()
    assert not any(isinstance(entry, Promote) for entry in one.plan().refreshes)
    assert one.plan().in_sync["models"] == 1
