"""What a state that moved leaves behind: the old place says where it went, and is no state.

Two copies that can both be applied to have two locks, so that two runs could pay for the same job.
"""

import json
import re
from collections.abc import Mapping

from reconciler import __version__
from reconciler.core.exact_json import written
from reconciler.core.formats import FORMAT
from reconciler.core.state import State
from reconciler.errors import Refusal

_MOVED = re.compile(rb'\{\n "epoch": [0-9]{1,18},\n "moved": ("(?:[^"\\\n]|\\.)*"),\n')


def forwarding(state: State, epoch: int, to: str) -> bytes:
    """The document that stands for a state which is at the place `to` now.

    An earlier version, which knows no such document, takes it for one of a newer format.

    Args:
        epoch: of the lock under which it is written; a later lock has to be above it.
    """
    said: Mapping[str, object] = {
        "epoch": max(state.epoch, epoch),
        "moved": to,
        "version": FORMAT + 1,
        "writer": __version__,
        "serial": state.serial,
        "owner": state.owner,
        "endpoint": state.endpoint,
    }
    members = (b' "%s": %s' % (name.encode(), written(value)) for name, value in said.items())
    return b"{\n" + b",\n".join(members) + b"\n}\n"


def moved_to(document: bytes | None) -> str:
    """The place that a document says its state is at; empty where it says none."""
    found = _MOVED.match(document or b"")
    return str(json.loads(found[1])) if found else ""


def refuse_moved(document: bytes, shown: str) -> None:
    """Raise `Refusal` where nobody may go on with this document, called `shown`: it went on."""
    if to := moved_to(document):
        raise Refusal(
            f"refused: the state has moved to {to}",
            where=shown,
            why="`state migrate` left this behind; two states of one owner could pay twice",
            cure="name the new place: state: {backend: …} in the manifest, or RECONCILER_STATE",
        )
