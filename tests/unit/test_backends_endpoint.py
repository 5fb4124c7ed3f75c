"""What the environment may say of where an object store is."""

import pytest

from reconciler.backends.objects.endpoint import in_the_clear, server_of
from reconciler.errors import Refusal

HERE = ("http://127.0.0.1:9000", "http://localhost:9000", "http://[::1]:9000")
ELSEWHERE = ("http://127.evil.example:9000", "http://localhost.evil.example", "HTTP://s3.example")
VARIABLES = {
    "s3": ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT", "AWS_ENDPOINT_URL_STS",
           "AWS_endpoint_url"),
    "gs": ("GOOGLE_BASE_URL",),
    "az": ("AZURE_ENDPOINT", "AZURE_STORAGE_ENDPOINT", "AZURE_AUTHORITY_HOST",
           "AZURITE_BLOB_STORAGE_URL"),
}  # fmt: skip
EVERY = [(scheme, name) for scheme, names in VARIABLES.items() for name in names]


@pytest.mark.parametrize("url", HERE)
def test_in_the_clear_to_this_machine(url: str) -> None:
    """A store for trying out needs no certificate."""
    assert in_the_clear("s3", {"AWS_ENDPOINT_URL": url})


@pytest.mark.parametrize("url", ELSEWHERE)
@pytest.mark.parametrize(("scheme", "name"), EVERY)
def test_to_no_other_machine(scheme: str, name: str, url: str) -> None:
    """Whichever variable names it; a name that begins like a loopback address leads anywhere."""
    with pytest.raises(Refusal, match="in the clear") as caught:
        in_the_clear(scheme, {name: url})
    assert caught.value.where == name.upper()


def test_a_server_of_this_machine_opens_no_way_to_another() -> None:
    """Where one variable names a store here, another one may not name one elsewhere."""
    here = {"AWS_ENDPOINT_URL": HERE[0]}
    with pytest.raises(Refusal):
        in_the_clear("s3", here | {"AWS_ENDPOINT_URL_S3": "http://s3.example"})
    assert not in_the_clear("s3", here | {"AWS_ENDPOINT_URL_S3": "https://s3.example"})


def test_over_tls_or_at_the_cloud_nothing_is_in_the_clear() -> None:
    """Nor is it by what is said of another cloud, or not at all."""
    other = {"AWS_ENDPOINT_URL": "https://s3.example", "GOOGLE_BASE_URL": "http://gs.example"}
    assert not in_the_clear("s3", other)
    assert not in_the_clear("az", {})
    assert server_of("s3", other) == ("AWS_ENDPOINT_URL", "https://s3.example")
    assert server_of("s3", {"AWS_ENDPOINT_URL_STS": "https://sts.example"}) == ("", "")
