"""What the environment may say of where an object store is."""

import pytest

from reconciler.backends.objects.obstores import _is_loopback


@pytest.mark.parametrize(
    ("url", "is_here"),
    [
        ("http://127.0.0.1:9000", True),
        ("http://localhost:9000", True),
        ("http://[::1]:9000", True),
        ("http://127.evil.example:9000", False),
        ("http://localhost.evil.example", False),
        ("https://s3.example", False),
        ("", False),
    ],
)
def test_in_the_clear_only_to_this_machine(url: str, is_here: bool) -> None:
    """A name that begins like a loopback address may lead anywhere."""
    assert _is_loopback({"AWS_ENDPOINT_URL": url}) is is_here
