"""What counts as this machine: in the clear to it alone, and no leave needed."""

import pytest

from reconciler.hosts import is_loopback


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.255.0.9", "::1", "[::1]"])
def test_this_machine(host: str) -> None:
    """By its name, and by every address that never leaves it."""
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    ["", "localhost.example.org", "xlocalhost", "127.0.0.1.example.org", "127.0.0.256", "127.0.0",
     "127x0x0x1", "128.0.0.1", "0.0.0.0", "::2", "[::1", "::ffff:127.0.0.1"],
)  # fmt: skip
def test_another_machine(host: str) -> None:
    """What only looks like it, and what no machine has to take for itself."""
    assert not is_loopback(host)
