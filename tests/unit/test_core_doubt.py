"""What is said of an effect that is in doubt, or that could not be written down."""

import pytest
from msgspec.structs import replace

from reconciler.core.doubt import doubted, mistaken, postponed, unrecorded
from reconciler.core.entries import Intent
from reconciler.core.plan import Action, Change
from reconciler.errors import ReconcilerError, Refused, Unknown
from tests.support.values import NOW, A

LOST = Unknown("the reply was lost", where="POST /v1/fine_tuning/jobs", why="reset", status=0)
INTENT = Intent("0123456789", A, "v1:f", begun=NOW)


@pytest.mark.parametrize(("not_after", "when"), [(NOW + 60, "from "), (None, "later")])
def test_a_lost_answer_names_when_it_is_known(not_after: int | None, when: str) -> None:
    """The request, the op, the reason, and the time from which a list is evidence."""
    said = doubted(INTENT._replace(not_after=not_after), LOST, 300)
    assert said.what.startswith(f"{A} is unsettled")
    assert said.where.startswith(LOST.where)
    assert said.where.endswith("op 01234567")
    assert said.why == "the reply was lost: reset; sending again could pay twice"
    assert said.cure.startswith(f"reconciler apply {when}")


def test_what_was_made_of_something_else_is_named() -> None:
    """Its id, its address and both fingerprints; the next apply takes care of it."""
    said = mistaken(INTENT, "ftjob-1", "v1:other")
    assert said.what == "the endpoint made something else than it was asked for: ftjob-1"
    assert (said.where, said.why) == (str(A), "v1:other was made of v1:f")
    assert said.cure == "the next reconciler apply removes it, and tries again"


@pytest.mark.parametrize(
    ("action", "word", "finds"),
    [
        (Action.CREATE, "created", "adopts it"),
        (Action.CANCEL, "cancelled", "finds that it is gone"),
    ],
)
def test_what_could_not_be_written_down_is_safe(action: Action, word: str, finds: str) -> None:
    """It says what happened, why that is not recorded, and what the next apply does about it."""
    full = ReconcilerError("cannot write the journal", why="no space left", cure="make room")
    said = unrecorded(Change(action, A, "changed"), "ftjob-1", full)
    assert said.what == f"{A.kind.removesuffix('s')} ftjob-1 {word}, not yet recorded"
    assert said.why == "cannot write the journal: no space left"
    assert said.cure.startswith("make room\n")
    assert finds in said.cure


def test_a_limit_of_jobs_has_a_way_out() -> None:
    """It is waited for; a run beside the one that it replaces has another way."""
    change = Change(Action.REPLACE, A, "changed", depose=True)
    full = postponed(change, Refused("too many", where="POST", why="no", cure="wait"))
    assert (full.what, full.where, full.why) == (f"{A} waits: too many", "POST", "no")
    assert full.cure.startswith("reconciler apply --wait goes on by itself")
    assert full.cure.endswith(f"side by side: --cancel-first {A} ends the old one")
    alone = postponed(replace(change, depose=False), Refused("too many"))
    assert "--cancel-first" not in alone.cure
