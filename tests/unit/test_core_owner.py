"""Whose an object is."""

from reconciler.core.owner import Owner


def test_an_owner_is_shown_with_its_environment() -> None:
    """A project alone, or one environment of it."""
    assert str(Owner("bots")) == "bots"
    assert str(Owner("bots", "dev")) == "bots/dev"
    assert Owner("bots", "dev").parts == ("bots", "dev")
