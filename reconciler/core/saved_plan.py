"""A plan in a file: what was reviewed, for an apply that may do no more than that.

It is one line of canonical JSON (sorted keys, ASCII) whose first member is the SHA-256 of all that
follows it, so that a damaged or cut file is refused before it is parsed; whatever does not encode
to the very same bytes is refused, too. It holds no reason, no name of a file and no row of data.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from reconciler.core.address import Address
from reconciler.core.ceiling import Grants, digest
from reconciler.core.grant import Grant, text, whole
from reconciler.core.resource import Desired
from reconciler.core.scope import Scope
from reconciler.core.state import State
from reconciler.core.wish import Wish
from reconciler.errors import Refusal

FORMAT = 2
LIMIT = 64 * 1024 * 1024
"""Bytes of the largest file that is read, as of a manifest."""

START = b'{"checksum":"'
"""How every saved plan begins."""

_HEAD = START + b'%s",'
_writer = json.JSONEncoder(sort_keys=True, separators=(",", ":"))

Declared = Mapping[Address, tuple[str, int]]
"""Address → fingerprint and generation of everything that a manifest declares."""


class SavedPlan(Struct, frozen=True):
    """What was reviewed, and of what.

    Attributes:
        lineage: the state's; where there was none yet, the one that it gets by this plan.
        serial: the state's; the plan holds for no other one.
        scope: the part of the plan that was wanted.
        wish: what was wanted besides what the manifest says.
    """

    owner: str
    endpoint: tuple[str, str, str]
    lineage: str
    serial: int
    declared: Declared
    grants: Grants
    scope: Scope
    wish: Wish

    @property
    def digest(self) -> str:
        """What `--expect` takes for the same plan."""
        return digest(self.owner, self.endpoint, self.grants)


def saved(state: State, desired: Desired, grants: Grants, scope: Scope, wish: Wish) -> SavedPlan:
    """The plan that allows these grants, made from this state and a part of this manifest."""
    return SavedPlan(
        owner=state.owner,
        endpoint=state.endpoint,
        lineage=state.lineage,
        serial=state.serial,
        declared=declared(desired),
        grants=grants,
        scope=scope,
        wish=wish,
    )


def declared(desired: Desired) -> Declared:
    """What a saved plan binds of a manifest."""
    return {a: (r.fingerprint, r.generation) for a, r in desired.resources.items()}


def encode_plan(plan: SavedPlan) -> bytes:
    """The file of a plan; equal plans give equal bytes."""
    body = {
        "declared": {str(address): said for address, said in plan.declared.items()},
        "digest": plan.digest,
        "endpoint": plan.endpoint,
        "format": FORMAT,
        "grants": plan.grants,
        "lineage": plan.lineage,
        "owner": plan.owner,
        "scope": asdict(plan.scope),
        "serial": plan.serial,
        "wish": asdict(plan.wish),
    }
    rest = _writer.encode(body).encode()[1:] + b"\n"
    return _head(rest) + rest


def decode_plan(document: bytes, *, shown: str) -> SavedPlan:
    """The plan in a file; `shown` is its name for people.

    Raises:
        Refusal: it is no plan of ours, not whole, changed by hand, or of another format.
    """
    size = len(_HEAD) + 62
    head, rest = document[:size], document[size:]
    if len(document) > LIMIT:
        raise _unreadable(shown, f"it is larger than {LIMIT:,} bytes")
    if head != _head(rest):
        raise _unreadable(shown, "its checksum does not match its content: cut short, or edited")
    try:
        body = json.loads(b"{" + rest)
        version = body["format"]
        plan = _plan(body) if version == FORMAT else None
        is_ours = plan is None or encode_plan(plan) == document
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise _unreadable(shown, "its content is not that of a plan") from error
    if plan is None:
        raise _unreadable(shown, f"it is of format {version!r:.20}, this version reads {FORMAT}")
    if not is_ours:
        raise _unreadable(shown, "it is not spelled as plans are")
    return plan


def _head(rest: bytes) -> bytes:
    return _HEAD % hashlib.sha256(rest).hexdigest().encode()


def _plan(body: Mapping[str, Any]) -> SavedPlan:
    base_url, organization, project = body["endpoint"]
    return SavedPlan(
        text(body["owner"]),
        (text(base_url), text(organization), text(project)),
        text(body["lineage"]),
        whole(body["serial"]),
        {Address.parse(key): (text(a), whole(b)) for key, (a, b) in body["declared"].items()},
        tuple(Grant.of(grant) for grant in body["grants"]),
        _scope(body["scope"]),
        _wish(body["wish"]),
    )


def _scope(body: Mapping[str, Any]) -> Scope:
    targets, excluded = _texts(body["targets"]), _texts(body["excluded"])
    return Scope(targets, excluded, body["keeps_all"] is True, body["only_drift"] is True)


def _wish(body: Mapping[str, Any]) -> Wish:
    replaced, cancelled_first = _texts(body["replaced"]), _texts(body["cancelled_first"])
    promoted, retried = _texts(body["promoted"]), _texts(body["retried"])
    return Wish(replaced, cancelled_first, promoted, text(body["reason"]), retried)


def _texts(body: list[Any]) -> tuple[str, ...]:
    return tuple(text(each) for each in body)


def _unreadable(shown: str, why: str) -> Refusal:
    return Refusal(
        "refused: this is no saved plan that can be used",
        where=shown,
        why=why,
        cure="make it again: reconciler plan --out FILE; nothing was sent",
    )


def check_owner(plan: SavedPlan, owner: str, endpoint: tuple[str, str, str], *, shown: str) -> None:
    """Raise `Refusal` unless the plan is this owner's at this endpoint."""
    if plan.owner != owner:
        what = f"refused: the plan is of {plan.owner}, the manifest of {owner}"
        raise _stale(what, shown, "a plan is applied with the manifest that it was made from")
    if plan.endpoint != endpoint:
        what = "refused: the plan was made for another endpoint"
        there, here = (" ".join(filter(None, e)) for e in (plan.endpoint, endpoint))
        raise _stale(what, shown, f"it was made for {there}, the manifest says {here}")


def check_fresh(
    plan: SavedPlan,
    state: State,
    desired: Desired,
    *,
    shown: str,
    called: Callable[[Address], str] = str,
) -> None:
    """Raise `Refusal` unless state and manifest are still those that the plan was made from.

    Args:
        called: what people call a resource: a file by its path.
    """
    if plan.serial != state.serial:
        what = f"refused: the plan was made at serial {plan.serial}, the state is at {state.serial}"
        raise _stale(what, shown, "an apply came in between", digest=plan.digest)
    if plan.lineage != state.lineage:
        what = "refused: the plan was made for another state"
        raise _stale(what, shown, "the state was begun anew in between", digest=plan.digest)
    now = declared(desired)
    for address in sorted(plan.declared.keys() | now.keys()):
        was, is_ = plan.declared.get(address), now.get(address)
        if was != is_:
            how = "changed" if was and is_ else "was added" if is_ else "was taken out"
            what = f"refused: {called(address)} {how} after it was planned"
            raise _stale(what, str(address), f"{shown} holds for the manifest and data of its time")


def _stale(what: str, where: str, why: str, *, digest: str = "") -> Refusal:
    cure = "reconciler plan --out FILE, and review it again; nothing was sent"
    if digest:
        cure += (
            f"\nor what was reviewed, if it still is the same: reconciler apply --expect {digest}"
        )
    return Refusal(what, where=where, why=why, cure=cure)
