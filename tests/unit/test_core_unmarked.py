"""An endpoint that does not keep our markers is told of, once a plan."""

from reconciler.core.address import Address
from reconciler.core.plan import Finding
from reconciler.core.resource import Phase
from tests.support.values import A, F, desired, live, live_at, planned, recorded, state, want

RUN = Phase.IN_PROGRESS


def said(*names: str, **more: bool) -> tuple[Finding, ...]:
    """The findings about files of these names, all live under names that are not ours."""
    files = [want(Address("files", name)) for name in names]
    known = {file.address: recorded(file, file.address.name, **more) for file in files}
    seen = [live_at(file, file.address.name, marker=None) for file in files]
    return planned(desired(*files), state(known), live(*seen)).findings


def test_what_is_known_by_its_id_alone() -> None:
    """Its address and its id."""
    (finding,) = said("a")
    what = "the endpoint does not keep our markers: files.a is known by its id alone"
    assert (finding.what, finding.where) == (what, "a")


def test_many_are_told_in_one() -> None:
    """Three by name, the rest by number."""
    (finding,) = said("d", "c", "b", "a")
    assert ": files.a, files.b, files.c and 1 more are known by their ids alone" in finding.what


def test_what_was_imported_never_had_a_marker() -> None:
    """That is no news; neither is what is marked."""
    assert said("a", imported=True) == ()
    job, file = want(A), want(F)
    known = state({A: recorded(job, "1", phase=RUN), F: recorded(file, "2")})
    seen = live(live_at(job, "1", RUN), live_at(file, "2"))
    assert planned(desired(job, file), known, seen).findings == ()
