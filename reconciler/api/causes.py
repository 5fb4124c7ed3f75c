"""Why a connection or an answer failed, in a few words."""

import http.client
import socket
import ssl

from urllib3.exceptions import HTTPError

from reconciler.api.deadline import Hastened
from reconciler.api.outcome import LEFT_IN_TIME, UNTRUSTED_CERTIFICATE

# In this order: an error is told by the first of these that it is.
SAYINGS: tuple[tuple[type[BaseException], str], ...] = (
    (Hastened, LEFT_IN_TIME),
    (TimeoutError, "it took too long"),
    (http.client.RemoteDisconnected, "the connection closed before the reply"),
    (BrokenPipeError, "the connection closed before the reply"),
    (ConnectionResetError, "the connection was reset"),
    (ConnectionRefusedError, "the connection was refused"),
    (http.client.IncompleteRead, "the reply broke off"),
)


def cause_of(error: BaseException) -> str:
    """The innermost cause that says something; it may quote the peer, so clean it."""
    root = _root(error)
    return next((words for kind, words in SAYINGS if isinstance(root, kind)), "") or _told(root)


def _told(root: BaseException) -> str:
    match root:
        case ssl.SSLCertVerificationError():
            return f"{UNTRUSTED_CERTIFICATE}: {root.verify_message}"
        case socket.gaierror():
            return f"the host name cannot be resolved: {root.strerror}"
        case ssl.SSLError():
            return f"TLS failed: {getattr(root, 'reason', None) or root}"
        case OSError(strerror=str(text)) if text:
            return text
        case _:
            return str(root) or type(root).__name__


def _root(error: BaseException) -> BaseException:
    """The standard library's error below urllib3's."""
    while isinstance(error, HTTPError):
        below = error.__cause__ or error.__context__
        if below is None:
            break
        error = below
    return error
