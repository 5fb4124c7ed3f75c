"""An alias in the state: what it points at, what it pointed at, and what is left of it."""

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
from reconciler.core.state import Move, State, replay

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
    """What is known; of an alias that is not, what they were told before."""
    aliases = {PROD: Alias("a"), NEXT: Alias(), Address("models", "new"): Alias()}
    assert due(aliases, {"next": "old", "gone": "x"}) == {"next": "old", "prod": "a"}


def test_a_model_is_written_where_no_format_can_take_it_for_its_own() -> None:
    """No break, quote, blank or sign of a shell."""
    assert is_writable("ft:gpt-4.1-mini-2025-04-14:acme:support:9fQ2aB7c:ckpt-step-88")
    assert is_writable("Qwen/Qwen2.5-7B+lora@v1")
    assert not any(map(is_writable, ("", "a b", "a\nb", 'a"', "$a", "-a", "a=b", "ä", "a" * 257)))
    assert variable_of("support-prod_2") == "SUPPORT_PROD_2"
