"""Equal specs have equal fingerprints, and only they."""

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given

from reconciler.core.fingerprint import canonical, canonical_json, fingerprint
from tests.support.values import json_values, maps


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"a": 1}, {"a": 1.0}),
        ({"a": 1, "b": None}, {"a": 1}),
        ({"a": 1, "b": {}}, {"a": 1}),
        ({"a": 1, "b": {"c": {"d": None}}}, {"a": 1}),
        ({"é": "é"}, {"e\u0301": "e\u0301"}),
        ({"a": (1, 2)}, {"a": [1, 2]}),
        ({"a": -0.0}, {"a": 0}),
    ],
)
def test_one_spelling(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Order of keys, unset members, kinds of numbers and of text forms do not matter."""
    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1}, {"a": "1"}),
        ({"a": True}, {"a": 1}),
        ({"a": [1, 2]}, {"a": [2, 1]}),
        ({"a": 0.5}, {"a": 0.25}),
        ({"a": {"b": 1}}, {"a.b": 1}),
        ({"a": ""}, {}),
    ],
)
def test_two_specs(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Whatever could train something else has another fingerprint."""
    assert fingerprint(one) != fingerprint(other)


@given(json_values)
def test_canonical_is_a_fixed_point(value: Any) -> None:
    """Canonical values are left as they are."""
    assert canonical(canonical(value)) == canonical(value)


@given(maps)
def test_shuffled_members(spec: dict[str, Any]) -> None:
    """The order in which a spec was written does not matter."""
    assert fingerprint(dict(reversed(spec.items()))) == fingerprint(spec)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.5, "1.5"),
        (0.0001, "0.0001"),
        (1e-05, "1e-05"),
        (2.5e-05, "2.5e-05"),
        (1e16, "10000000000000000"),
        (1.5e300, f"{int(1.5e300)}"),
        (0.1 + 0.2, "0.30000000000000004"),
        (2**70, f"{2**70}"),
        ("\x7f\x1f\n", '"\x7f\\u001f\\n"'),
        ("1.0", '"1.0"'),
    ],
)
def test_the_spelling_of_old(value: object, text: str) -> None:
    """Another one would be another fingerprint, and what was paid for would not be found."""
    assert canonical_json({"a": value}).decode() == f'{{"a":{text}}}'


@given(json_values)
def test_one_writer_as_the_other(value: Any) -> None:
    """What the fast writer may write is what the one of old wrote."""
    text = json.dumps(
        canonical(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode("utf-8", "surrogatepass")
    assert canonical_json(value) == text


def test_a_lone_surrogate_has_a_fingerprint() -> None:
    """JSON can carry text that is no Unicode."""
    assert fingerprint({"a": "\ud800"}).startswith("v1:")
    assert len(fingerprint("")) == len("v1:") + 64


def test_no_number_no_json() -> None:
    """NaN has no JSON form."""
    with pytest.raises(ValueError, match="JSON"):
        canonical_json(float("nan"))


def test_the_form_is_nfc() -> None:
    """Text is kept in its composed form."""
    assert canonical("e\u0301") == unicodedata.normalize("NFC", "e\u0301") == "é"
