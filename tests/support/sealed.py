"""Documents of a state with a mistake in them, and yet with the right checksum."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from tests.support.cli import Project


def sealed(rest: bytes) -> bytes:
    """A document of everything after the line with the checksum."""
    return b'{\n "sha256": "%s",\n' % hashlib.sha256(rest).hexdigest().encode() + rest


def resealed(document: bytes, old: bytes, new: bytes) -> bytes:
    """The document with something changed in it, its checksum made right again."""
    rest = document.split(b"\n", 2)[2]
    assert old in rest
    return sealed(rest.replace(old, new))


def reseal(project: Project, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change the state of a project in place."""
    body = project.state
    del body["sha256"]
    change(body)
    project.write("state/demo.json", sealed(json.dumps(body).encode()[1:]))
