"""A manifest that spells out what the server resolved is not an edit."""

from typing import Any

import pytest

from reconciler.core import rebind
from reconciler.core.fields import flatten
from reconciler.core.fingerprint import fingerprint
from reconciler.core.rebind import is_rebound, is_spelled_out
from tests.support.values import KINDS, A, live_at, recorded, want

RESOLVED: dict[str, Any] = {
    "model": "gpt-4.1-mini-2025-04-14",
    "seed": 7,
    "method": {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 3}}},
}
FULL = RESOLVED | {"training_file": "digest"}
EARLIER: list[dict[str, Any]] = [
    {"model": "gpt-4.1-mini", "training_file": "digest"},
    {"model": "gpt-4.1-mini-2025-04-14", "training_file": "digest", "seed": 7},
    FULL | {"method": {"type": "supervised"}},
    FULL
    | {"method": {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": "auto"}}}},
]
OTHERS: list[dict[str, Any]] = [
    FULL | {"model": "gpt-4.1-nano"},
    FULL | {"training_file": "other"},
    FULL | {"seed": 8},
    FULL | {"suffix": "x"},
]


def is_same(
    earlier: dict[str, Any],
    spec: dict[str, Any],
    generation: int = 1,
    resolved: dict[str, Any] = RESOLVED,
) -> bool:
    """Whether a record of `earlier` stands for `spec`, as the server resolved it."""
    resource, was = want(A, spec=spec, generation=generation), want(A, spec=earlier)
    seen = live_at(was, body=resolved)
    return is_rebound(resource, recorded(was), seen, KINDS)


@pytest.mark.parametrize("earlier", EARLIER)
def test_spelled_out_with_a_record(earlier: dict[str, Any]) -> None:
    """An alias pinned, `auto` as its number and a default written out are no edit."""
    assert is_same(earlier, FULL)


@pytest.mark.parametrize("earlier", EARLIER)
def test_spelled_out_without_a_record(earlier: dict[str, Any]) -> None:
    """The marker's fingerprint proves it where the state was lost."""
    assert is_spelled_out(want(A, spec=FULL), fingerprint(earlier), _flat())


@pytest.mark.parametrize("earlier", OTHERS)
def test_an_edit_is_an_edit(earlier: dict[str, Any]) -> None:
    """What the server did not make of the old spec is another spec."""
    assert not is_same(earlier, FULL, resolved=RESOLVED | earlier)
    assert not is_spelled_out(want(A, spec=FULL), fingerprint(earlier), _flat())


def test_unset_again_is_an_edit() -> None:
    """To take a field out asks the server to choose again."""
    assert not is_same(FULL, EARLIER[0])
    assert not is_spelled_out(want(A, spec=EARLIER[0]), fingerprint(FULL), _flat())


def test_another_generation_is_no_rebind() -> None:
    """A generation is raised in order to train again."""
    assert not is_same(EARLIER[0], FULL, generation=2)


def test_nothing_changed_is_no_rebind() -> None:
    """Only a difference can be a resolution."""
    assert not is_same(FULL, FULL)


def test_a_list_is_a_value_like_any_other() -> None:
    """What the server filled in may be more than text and numbers."""
    resource = want(A, spec={"stop": ["a"]})
    assert is_spelled_out(resource, fingerprint({}), {"stop": ["a"]})


def test_of_a_spec_of_many_fields_the_likely_ones_are_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each field could have been unset: all of them together are tried only while they are few."""
    monkeypatch.setattr(rebind, "MOST_TRIED", 256)
    check_many_fields()


@pytest.mark.slow
def test_a_spec_of_many_fields_takes_no_time() -> None:
    """The bound that is in force is one that a plan can bear."""
    check_many_fields()


def check_many_fields() -> None:
    """A default that was written out is found beside sixty fields of a grader; no other spec is."""
    grader = {f"g{n}": {"name": f"n{n}", "type": "string_check"} for n in range(30)}
    reinforcement = {"grader": grader, "hyperparameters": {"n_epochs": 3}}
    spec = {"model": "o4-mini-2025-04-16", "method": {"reinforcement": reinforcement}}
    earlier = {"model": "o4-mini", "method": {"reinforcement": {"grader": grader}}}
    resource, resolved = want(A, spec=spec), flatten(spec)
    assert is_spelled_out(resource, fingerprint(earlier), resolved)
    assert not is_spelled_out(resource, fingerprint({"model": "x"}), resolved)


def _flat() -> Any:
    return KINDS["jobs"].resolved(live_at(want(A), body=RESOLVED))
