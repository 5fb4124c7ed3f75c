"""The metrics of a job as CSV, whichever way the server keeps them."""

import binascii
from base64 import b64decode


def result_csv(content: bytes) -> bytes:
    """The CSV in a `fine-tune-results` file, which some servers give in base64, others plain.

    A comma tells them apart: every header of such a CSV has one, base64 has none. What is
    neither comes back as it is.
    """
    if _is_csv(content):
        return content
    try:
        decoded = b64decode(b"".join(content.split()), validate=True)
    except binascii.Error:
        return content
    return decoded if _is_csv(decoded) else content


def _is_csv(content: bytes) -> bool:
    header = content.lstrip().partition(b"\n")[0]
    try:
        return "," in header.decode("utf-8")
    except UnicodeDecodeError:
        return False
