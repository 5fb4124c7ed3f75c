"""URLs of datasets: a manifest may come from a pull request, so what it names is not believed.

Whose bucket it is decides who reads what with the runner's rights, and a web server learns that it
was asked; so each host and each bucket is one that the operator lists.
"""

import re
from pathlib import PurePosixPath

from reconciler.hosts import ALLOWED_HOSTS, is_loopback
from reconciler.manifest.paths import MARK, PathRefused
from reconciler.manifest.words import clipped
from reconciler.sources import RemoteObject

_URL = re.compile(
    r"(?P<scheme>[a-z0-9]+)://(?P<host>[a-z0-9][a-z0-9._-]*|\[[0-9a-f:.]+\])(?P<port>:[0-9]{1,5})?"
    r"/(?P<path>[^?#\\\x00-\x1f\x7f]+)",
    re.IGNORECASE,
)
_WEB, _STORES = ("https", "http"), ("s3", "gs", "az")
_PORTS = range(1, 1 << 16)

_FORM = "https://HOST/PATH, s3://BUCKET/KEY, gs://BUCKET/KEY or az://CONTAINER/KEY"


def remote_object(text: str, allowed: frozenset[str]) -> RemoteObject:
    """The object that a URL names.

    Args:
        allowed: hosts, `host:port`s and buckets that the operator lists.

    Raises:
        PathRefused: it is no such URL, has more in it than a place, or is at none of these.
    """
    if "@" in text.partition(MARK)[2].partition("/")[0]:
        raise _refused(
            "it holds a user name or password", "take it out, and change it: it was seen"
        )
    if "?" in text or "#" in text:
        raise _refused(
            "it holds a query or a fragment",
            "take it out; a signed URL is a secret, and s3://, gs:// and az:// need none",
        )
    found = _URL.fullmatch(text)
    scheme = found["scheme"].lower() if found else ""
    if found is None or not _is_plain(found, scheme):
        raise _refused(f"it is not {_FORM}", f"write {_FORM}")
    host = found["host"].lower() if scheme in _WEB else found["host"]
    place = host + (found["port"] or "")
    is_here = scheme in _WEB and is_loopback(host)
    if scheme == "http" and not is_here:
        raise _refused("by http others could read or change it on its way", "write https://")
    if not is_here and not {host, place} & allowed:
        raise _unlisted(text, place)
    return RemoteObject(scheme, place, found["path"], allowed)


def _is_plain(found: "re.Match[str]", scheme: str) -> bool:
    """Whether it has one meaning: no empty step, and none that goes up."""
    steps = found["path"].split("/")
    port = int((found["port"] or ":1")[1:])
    is_known = (scheme in _WEB and port in _PORTS) or (scheme in _STORES and not found["port"])
    return is_known and PurePosixPath(found["path"]).name != "" and not {"", ".", ".."} & {*steps}


def _refused(why: str, cure: str) -> PathRefused:
    return PathRefused("bad-dataset-url", "the URL of the dataset cannot be used", why, cure)


def _unlisted(text: str, place: str) -> PathRefused:
    what = f"refused: nothing is read from {clipped(text)}"
    why = "the manifest names it, and a manifest may come from a pull request"
    cure = f"if it is right, the operator lists it: {ALLOWED_HOSTS}={place}"
    return PathRefused("host-not-allowed", what, why, cure)
