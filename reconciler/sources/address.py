"""Where the request for an object goes: its own URL, or one that a store's credentials signed.

A signed URL is good for one object, for reading it, and for some minutes. So no credential goes
over the line in a header, where a redirect could carry it to somebody else; and no redirect of a
signed request is followed.
"""

import errno
import os
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from reconciler.extras import needs_extra
from reconciler.hosts import STORE_SERVERS
from reconciler.sources.source import Unreadable

if TYPE_CHECKING:
    from reconciler.sources.remote import RemoteObject

STORES = {"s3": "S3Store", "gs": "GCSStore", "az": "AzureStore"}
"""Scheme → the class of `obstore.store` that knows the credentials of its environment."""

GOOD_FOR = timedelta(minutes=15)
"""A signed URL; each request has its own."""

_CREDENTIALS: Mapping[str, str] = {
    "s3": "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the runner a role;\n"
    'for a profile: eval "$(aws configure export-credentials --format env)"',
    "gs": "set GOOGLE_APPLICATION_CREDENTIALS; an account without a key file needs the right\n"
    "iam.serviceAccounts.signBlob on itself",
    "az": "set AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY, or give the runner an\n"
    "identity that may ask for a user delegation key",
}

_CLIENT: Mapping[str, Any] = {"connect_timeout": "2s", "timeout": "20s", "allow_http": True}
"""For asking who we are, where the environment does not say: once, and not for long."""


def server_of(object_: "RemoteObject") -> str:
    """What of the environment says at which server an object's store is; empty: the usual one."""
    account = ("AZURE_STORAGE_ACCOUNT_NAME",) if object_.scheme == "az" else ()
    names = (*STORE_SERVERS.get(object_.scheme, ()), *account)
    said = (os.environ.get(name, "") for name in names)
    return next(filter(None, said), "")


def address_of(object_: "RemoteObject", method: str) -> str:
    """The URL to send a request to: GET, or HEAD.

    Raises:
        UsageError: the `objectstore` extra is not installed.
        Unreadable: there are no credentials that can sign.
    """
    if object_.scheme not in STORES:
        return f"{object_.scheme}://{object_.host}/{quote(object_.path, safe=_UNQUOTED)}"
    # A signature for GET of Azure is good for HEAD, and one for HEAD is good for nothing.
    return _signed(object_, "GET" if object_.scheme == "az" else method)


_UNQUOTED = "/%:@!$&'()*+,;=~"


def _signed(object_: "RemoteObject", method: str) -> str:
    with needs_extra("objectstore"):
        from obstore import sign, store  # noqa: PLC0415  # an extra
        from obstore.exceptions import BaseError  # noqa: PLC0415
    make: Callable[..., Any] = getattr(store, STORES[object_.scheme])
    once = {"max_retries": 1, "retry_timeout": timedelta(seconds=20)}
    try:
        bucket = make(object_.host, client_options=_CLIENT, retry_config=once)
        url: str = sign(bucket, method, object_.path, GOOD_FOR)  # type: ignore[call-overload]  # one of two words
    except (BaseError, ValueError) as error:
        raise _no_credentials(object_.scheme, str(error)) from None
    return url


def _no_credentials(scheme: str, said: str) -> Unreadable:
    """In its first line: what follows is for those who debug the library."""
    why = re.sub(r"^Generic \w+ error: ", "", said.split("\n", 1)[0])[:200]
    return Unreadable(
        errno.EACCES,
        "forbidden-dataset",
        "no credentials to read the dataset",
        f"the environment has none that can sign a request: {why}",
        _CREDENTIALS[scheme],
    )
