"""What is said of an effect that is in doubt, or that could not be written down."""

from reconciler.core.entries import Intent
from reconciler.core.plan import Change, Finding, Severity
from reconciler.core.words import clock
from reconciler.errors import ApiError, ReconcilerError, Unknown, Unsettled

ADOPTS = (
    "reconciler apply {0}, or reconciler apply --wait now: it adopts the job if it exists, and "
    "creates it only when a complete list still lacks it"
)

GIVES_UP = (
    "the same command again {0}: it is not created; if it exists, it is cancelled, or let go of"
)


def unsettled(
    intent: Intent, *, request: str, why: str, until: int | None, is_wanted: bool = True
) -> Finding:
    """The doubt about a paid create, and how it ends.

    Args:
        request: what was sent, e.g. `POST https://api.openai.com/v1/fine_tuning/jobs`.
        until: API time from which a complete list is evidence; None where it tells no time.
        is_wanted: whether it is still declared; `destroy` wants nothing.
    """
    at = "" if intent.begun is None else f" at {clock(intent.begun)}"
    when = "later" if until is None else f"from {clock(until)} on"
    return Finding(
        Severity.UNSETTLED,
        intent.address,
        f"{intent.address} is unsettled: the endpoint may have created it or not",
        where=f"{request}{at}, op {intent.op[:8]}",
        why=why,
        cure=(ADOPTS if is_wanted else GIVES_UP).format(when),
    )


def doubted(intent: Intent, doubt: Unknown, patience: int) -> Unknown:
    """A paid create whose answer is unknown, in the words in which the next plan tells it."""
    until = None if intent.not_after is None else intent.not_after + patience
    reason = ": ".join(filter(None, (doubt.what, doubt.why)))
    why = f"{reason}; sending again could pay twice"
    said = unsettled(intent, request=doubt.where, why=why, until=until)
    return Unknown(said.what, where=said.where, why=said.why, cure=said.cure, status=doubt.status)


def mistaken(intent: Intent, id_: str, fingerprint: str) -> ApiError:
    """What was made under the marker of a create, and is not what that asked for."""
    return ApiError(
        f"the endpoint made something else than it was asked for: {id_}",
        where=str(intent.address),
        why=f"{fingerprint} was made of {intent.fingerprint}",
        cure="the next reconciler apply removes it, and tries again",
    )


def unrecorded(change: Change, id_: str, error: ReconcilerError) -> ReconcilerError:
    """What is safe, and what to do, after an effect that could not be written down."""
    kind = change.address.kind.removesuffix("s")
    finds = "adopts it" if change.action.makes else "finds that it is gone"
    return type(error)(
        f"{kind} {id_} {change.action.past}, not yet recorded",
        where=error.where,
        why=f"{error.what}: {error.why}",
        cure=f"{error.cure}\nwhat was announced is in the state: the next apply {finds}, and "
        "nothing is paid twice",
    )


def postponed(change: Change, error: ReconcilerError) -> Unsettled:
    """A run that the endpoint does not take now, and how it is made after all.

    An endpoint says 429 to a job beyond its limit, as it does to any haste.
    """
    cure = "reconciler apply --wait goes on by itself, or the same command again later"
    if change.depose:
        out = f"--cancel-first {change.address.typed} ends the old one"
        cure += f";\nwhere two do not run side by side: {out}"
    what = f"{change.address} waits: {error.what}"
    return Unsettled(what, where=error.where, why=error.why, cure=cure)
