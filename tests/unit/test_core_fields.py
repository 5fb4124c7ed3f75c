"""Specs as flat fields."""

from typing import Any

from hypothesis import given

from reconciler.core.fields import FieldChange, field_changes, flatten
from tests.support.values import maps


def test_nested_fields_have_dotted_names() -> None:
    """Lists are leaves; what is unset is left out."""
    spec = {"method": {"type": "supervised", "on": None}, "tags": [1, 2], "seed": 7.0}
    assert flatten(spec) == {"method.type": "supervised", "tags": [1, 2], "seed": 7}


def test_changes_are_named_and_sorted() -> None:
    """None stands where a side does not set the field."""
    before, after = {"b": 1, "same": 0}, {"a": {"x": 2}, "same": 0.0}
    assert field_changes(before, after) == (FieldChange("a.x", None, 2), FieldChange("b", 1, None))


@given(maps)
def test_nothing_changes_against_itself(spec: dict[str, Any]) -> None:
    """A spec does not differ from itself."""
    assert field_changes(spec, spec) == ()
