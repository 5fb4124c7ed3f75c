"""The user's names for things."""

import pytest
from hypothesis import given

from reconciler.core.address import NAME, Address
from tests.support.values import addresses


@given(addresses)
def test_an_address_reads_back(address: Address) -> None:
    """What is shown is what can be typed."""
    assert Address.parse(str(address)) == address
    assert NAME.fullmatch(address.name)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "jobs",
        "jobs.",
        ".a",
        "jobs.A",
        "jobs.a.b",
        "jobs.a\n",
        "jobs.a[\x1b]",
        "jobs.a[]",
        "jobs.a[x",
    ],
)
def test_no_address(text: str) -> None:
    """An error says how one is written."""
    with pytest.raises(ValueError, match=r"KIND\.NAME"):
        Address.parse(text)


def test_addresses_sort_by_kind_then_name() -> None:
    """Files come before jobs, whatever their names."""
    assert min(Address("jobs", "a"), Address("files", "z")).kind == "files"
