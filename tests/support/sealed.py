"""Documents of a state with a mistake in them, and yet with the right checksum."""

import hashlib


def sealed(rest: bytes) -> bytes:
    """A document of everything after the line with the checksum."""
    return b'{\n "sha256": "%s",\n' % hashlib.sha256(rest).hexdigest().encode() + rest


def resealed(document: bytes, old: bytes, new: bytes) -> bytes:
    """The document with something changed in it, its checksum made right again."""
    rest = document.split(b"\n", 2)[2]
    assert old in rest
    return sealed(rest.replace(old, new))
