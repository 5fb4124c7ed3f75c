"""A way to the S3 server that does what other stores, and networks, do."""

from dataclasses import dataclass

from tests.support import s3
from tests.support.proxy import Proxy
from tests.support.scripted import Received

CONDITIONS = ("if-none-match", "if-match")


@dataclass
class S3Proxy(Proxy):
    """See `Proxy`.

    Attributes:
        is_careless: whether the store behind it never heard of conditional writes.
    """

    is_careless: bool = False

    @property
    def environ(self) -> dict[str, str]:
        """What obstore needs to come this way."""
        return {**s3.CREDENTIALS, "AWS_ENDPOINT_URL": self.base_url.removesuffix("/v1")}

    def _carried_out(self, request: Received) -> bytes:
        if self.is_careless:
            for name in CONDITIONS:
                request.headers.pop(name, None)
        return super()._carried_out(request)
