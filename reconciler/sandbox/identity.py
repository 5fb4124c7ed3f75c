"""Ids in the API's shapes: fresh ones, and ones derived from the object they belong to."""

import hashlib
import secrets
import string

_ALPHABET = string.ascii_letters + string.digits
ORGANISATION = "sandbox"


def fresh(prefix: str, length: int = 24) -> str:
    """A new random id: the prefix and that many letters and digits."""
    return prefix + "".join(
        _ALPHABET[byte % len(_ALPHABET)] for byte in secrets.token_bytes(length)
    )


def derived(prefix: str, *parts: object, length: int = 24) -> str:
    """The same id for the same parts, whichever process asks."""
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()
    number = int.from_bytes(digest, "big")
    letters = []
    for _ in range(length):
        number, index = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[index])
    return prefix + "".join(letters)


def fine_tuned_model(base: str, suffix: str | None, job_id: str) -> str:
    """`ft:<base>:<org>:<suffix>:<8 characters>`; no suffix leaves its place empty."""
    return f"ft:{base}:{ORGANISATION}:{suffix or ''}:{derived('', job_id, 'model', length=8)}"


def checkpoint_model(model: str, step: int) -> str:
    """The name of the model saved at a step of the run that made `model`."""
    return f"{model}:ckpt-step-{step}"
