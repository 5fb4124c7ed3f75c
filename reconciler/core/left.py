"""What could go, and does not: `2 models are used by nothing here, and left`."""

from collections.abc import Sequence

from reconciler.core.address import Address
from reconciler.core.plan import Finding, Severity
from reconciler.core.words import listed


def left(
    noun: str,
    some: Sequence[tuple[Address, str]],
    what: str,
    *,
    why: str = "",
    cure: str = "",
    severity: Severity = Severity.NOTE,
) -> Finding:
    """Said once of all of them, at the first one's address.

    Args:
        noun: what one of them is; `some` are their addresses, and what each is called.
        what: is true of them.
    """
    are = f"{noun} is" if len(some) == 1 else f"{noun}s are"
    names = listed([name for _, name in some])
    words = f"{len(some)} {are} {what}, and left"
    return Finding(severity, some[0][0], words, where=names, why=why, cure=cure)
