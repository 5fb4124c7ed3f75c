"""What is live and not of this owner."""

from msgspec.structs import replace

from reconciler.core.strangers import strangers
from tests.support.values import A, F, live, live_at, recorded, state, want


def test_what_is_not_ours() -> None:
    """Neither marked, nor recorded, nor the result of one of our jobs; the oldest first."""
    ours = replace(live_at(want(A), "1"), body={"result_files": ["result"]})
    imported = replace(live_at(want(F), "2"), marker=None)
    result, old, new = (
        replace(live_at(want(F), id_), marker=None, created_at=age)
        for id_, age in (("result", 1), ("old", 2), ("new", 3))
    )
    known = state({F: recorded(want(F), "2")})
    found = strangers(known, live(new, ours, imported, result, old))
    assert [seen.id for seen in found] == ["old", "new"]
