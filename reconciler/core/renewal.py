"""What `--replace` makes anew: values that a state keeps until the apply that was asked has ended.

The flag means one more object an address, however often the command has to be repeated. An apply
that is cut short after it paid leaves its renewals in the state: the same command finds them there,
and what they ask for is made already. See docs/adr/0010.
"""

from typing import Any, NamedTuple, Self

from reconciler.core.address import Address
from reconciler.core.grant import text, whole
from reconciler.core.resource import Attempt


class Renewal(NamedTuple):
    """One address, and the try that was asked for of what is declared there."""

    address: Address
    fingerprint: str
    attempt: Attempt

    @classmethod
    def of(cls, body: list[Any]) -> Self:
        """The renewal that these JSON values say; raises ValueError or TypeError."""
        (kind, name), fingerprint, (generation, number) = body
        address = Address.parse(f"{text(kind)}.{text(name)}")
        return cls(address, text(fingerprint), Attempt(whole(generation), whole(number)))


class Renew(NamedTuple):
    """A journal entry: all that is asked for from now on; nothing, once it ended well."""

    renewals: tuple[Renewal, ...]
