"""Models that an endpoint will shut down."""

import pytest
from msgspec.structs import replace

from reconciler.core.resource import Lifetime, Live
from reconciler.core.shutdown import Shutdown, short_lived, shutdown_of
from tests.support.stack import Stack, job, manifest
from tests.support.world import World

NOON = 1_795_348_800
"""2026-11-22 12:00:00 UTC."""

MODEL = "gpt-4.1-mini-2025-04-14"


def ending(day: str, date: int | None = NOON) -> Live:
    """An endpoint with one model, that ends."""
    return Live({}, date=date, models={MODEL: day})


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2026-11-22", "today"),
        ("2026-11-23", "in 1 day"),
        ("2026-12-02", "in 10 days"),
    ],
)
def test_days_are_told(day: str, words: str) -> None:
    """By the endpoint's own clock."""
    found = shutdown_of(ending(day), MODEL)
    assert found
    assert found.words == f"{MODEL} shuts down on {day}, {words}"


def test_without_a_clock_the_day_is_told_alone() -> None:
    """It may be soon: nobody is kept from knowing."""
    found = shutdown_of(ending("2030-01-01", date=None), MODEL)
    assert found == Shutdown(MODEL, "2030-01-01", None)
    assert found.words == f"{MODEL} shuts down on 2030-01-01"
    assert found.is_within(1)


def test_a_fine_tune_ends_with_its_base() -> None:
    """Whichever of the two is told; its own day first."""
    tuned = f"ft:{MODEL}:acme::A1"
    found = shutdown_of(ending("2027-01-14"), tuned)
    assert found
    assert found.model == MODEL
    own = Live({}, date=NOON, models={MODEL: "2027-01-14", tuned: "2026-12-01"})
    assert shutdown_of(own, tuned) == Shutdown(tuned, "2026-12-01", 9)


@pytest.mark.parametrize("day", ["", "soon", "2027-13-45"])
def test_what_is_no_day_says_nothing(day: str) -> None:
    """An endpoint may write what it likes there."""
    assert shutdown_of(ending(day), MODEL) is None


def test_nothing_is_known_without_a_list() -> None:
    """Some endpoints have no list of models."""
    assert shutdown_of(Live({}), MODEL) is None


@pytest.mark.parametrize(("asked", "refused"), [(None, 0), (364, 0), (365, 0), (366, 1)])
def test_a_life_that_is_asked_for_is_a_guard(asked: int | None, refused: int) -> None:
    """What would be trained on a model that ends sooner is refused, however far off the day is."""
    world = World(now=NOON)
    world.models, world.ends = {MODEL}, {MODEL: "2027-11-22"}
    lifetime = asked and Lifetime(asked, "min_lifetime_days, reconciler.yaml:4:1")
    desired = replace(manifest(job("a", model=MODEL)), lifetime=lifetime or None)
    stack = Stack(world, desired=desired)
    plan = stack.plan()
    assert not plan.findings
    found = [*short_lived(plan.changes, desired, stack.live())]
    assert [f.severity for f in found] == ["refused"] * refused
