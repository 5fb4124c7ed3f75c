"""A key taken out of a manifest: comments, quotes and layout stay to the byte."""

import pytest

from reconciler.errors import Refusal
from reconciler.manifest.insertion import with_members
from reconciler.manifest.removal import without

PIN = ("models", "prod", "pin")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "models:\n  prod:\n    job: a # why\n    pin: ft:x\n",
            "models:\n  prod:\n    job: a # why\n",
        ),
        ("models:\n  prod:\n    pin: ft:x # old\n    job: a\n", "models:\n  prod:\n    job: a\n"),
        ("models:\n  prod: {job: a, pin: ft:x}\n", "models:\n  prod: {job: a}\n"),
        ('models:\n  prod: {pin: "ft:x", job: a} # c\n', "models:\n  prod: {job: a} # c\n"),
        ("models: {prod: {job: a, pin: 'ft:x'}}\n", "models: {prod: {job: a}}\n"),
        ("a: 1\nmodels:\n  prod:\n    pin: ft:x\n", "a: 1\n"),
        ("models:\n  prod:\n    pin: ft:x\n  b: {job: c}\n", "models:\n  b: {job: c}\n"),
        ("models:\n  prod: {pin: ft:x}\n  b: {job: c}\r\n", "models:\n  b: {job: c}\r\n"),
        ("models: {prod: {pin: ft:x}, b: {job: c}}\n", "models: {b: {job: c}}\n"),
    ],
)
def test_a_pin_is_taken_out(before: str, after: str) -> None:
    """In blocks and in brackets; a mapping that would be empty goes with it."""
    assert without(before, PIN, "x.yaml") == after


@pytest.mark.parametrize(
    "text",
    [
        "models:\n  prod:\n    job: a\n",
        "models:\n  prod: {job: a}\n",
        "models: {prod: {job: a}} # c\n",
        "# c\nmodels:\n\n  prod:\n    # d\n    job: 'a'\n\nfiles: {}\n",
    ],
)
def test_what_is_put_in_can_be_taken_out(text: str) -> None:
    """There and back it is the same file."""
    put = with_members(text, PIN[:2], {"pin": "ft:a:b::c"}, "x.yaml")
    assert without(put, PIN, "x.yaml") == text


def test_what_cannot_be_taken_out_is_told() -> None:
    """Behind an anchor it is of others, too."""
    shared = "x: &x {job: a, pin: p}\nmodels:\n  prod: *x\n"
    with pytest.raises(Refusal, match="cannot be taken out"):
        without(shared, PIN, "x.yaml")
