"""What is said of a create whose answer never came."""

from dataclasses import replace

import pytest

from reconciler.core.doubt import doubted
from reconciler.core.state import Intent
from reconciler.errors import Unknown
from tests.support.values import NOW, A

LOST = Unknown("the reply was lost", where="POST /v1/fine_tuning/jobs", why="reset", status=0)
INTENT = Intent("0123456789", A, "v1:f", begun=NOW)


@pytest.mark.parametrize(("not_after", "when"), [(NOW + 60, "from "), (None, "later")])
def test_a_lost_answer_names_when_it_is_known(not_after: int | None, when: str) -> None:
    """The request, the op, the reason, and the time from which a list is evidence."""
    said = doubted(replace(INTENT, not_after=not_after), LOST, 300)
    assert said.what.startswith(f"{A} is unsettled")
    assert said.where.startswith(LOST.where)
    assert said.where.endswith("op 01234567")
    assert said.why == "the reply was lost: reset; sending again could pay twice"
    assert said.cure.startswith(f"reconciler apply {when}")
