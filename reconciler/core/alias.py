"""An alias: a name that applications know, and the trained model that it points at.

It stores model, job and fingerprint itself, so that a replaced job stays servable until its
successor is promoted. To promote is to change this value, and nothing at the API.
"""

import re
from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from reconciler.core.address import Address

HISTORY_KEPT: Final = 100
"""Promotions of one alias; older ones are let go."""

CHECKED_KEPT: Final = 500
"""Results of checks; what is asked for again after that is checked again."""

_WRITABLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,255}")


class Promotion(NamedTuple):
    """One change of what an alias points at.

    Attributes:
        before: the model until then; empty for the first one.
        at: API time, Unix seconds; None: unknown.
        who: the user who applied; `commit` is what was checked out, empty where nothing told it.
        checks: digest of the checks, and `outcome` what came of them; empty where there were none.
        why: what a person said who went on in spite of them.
    """

    model: str
    before: str = ""
    at: int | None = None
    who: str = ""
    commit: str = ""
    checks: str = ""
    outcome: str = ""
    why: str = ""


class Alias(NamedTuple):
    """What a name points at.

    Attributes:
        model: empty where it is not known: the state was lost, and nothing else told.
        job: address of the job that trained it; empty for a pin.
        fingerprint: of that job, as it was promoted.
        history: the promotions that led here, the latest last.
    """

    model: str = ""
    job: str = ""
    fingerprint: str = ""
    pinned: bool = False
    history: tuple[Promotion, ...] = ()


class Promote(NamedTuple):
    """The address points at this model from now on; its `history` is what is added to that."""

    address: Address
    alias: Alias


class Release(NamedTuple):
    """The address is an alias no more; its model is left alone for good."""

    address: Address


class Checked(NamedTuple):
    """What came of the checks of one model: an entry, and what is remembered of it.

    Attributes:
        checks: digest of the checks, and of what they compare with.
        outcome: `pass`, `fail` or `investigate`.
        why: the first thing that was not as expected.
        at: API time, Unix seconds; None: unknown.
    """

    model: str
    checks: str
    outcome: str
    passed: int = 0
    total: int = 0
    why: str = ""
    at: int | None = None


class Published(NamedTuple):
    """The file of `outputs` as it is.

    Attributes:
        shown: its path in the manifest's spelling.
        models: alias → model, of all that it says; None where it is missing.
        foreign: why it is none that was written here; empty where it is.
    """

    shown: str
    models: Mapping[str, str] | None = None
    foreign: str = ""


def is_writable(model: str) -> bool:
    """Whether a model's id can stand in a file that programs read, whatever its format."""
    return _WRITABLE.fullmatch(model) is not None


def due(
    aliases: Mapping[Address, Alias], there: Mapping[str, str], declared: Collection[str]
) -> Mapping[str, str]:
    """What the file of `outputs` should say; of an alias that is not known, what is there.

    One that is declared and that no state knows is in use as well, as far as the file tells.
    """
    known = {address.name: alias.model for address, alias in aliases.items()}
    names = {*known, *declared}
    said = {name: known.get(name) or there.get(name, "") for name in names}
    return {name: said[name] for name in sorted(said) if said[name]}


def variable_of(name: str) -> str:
    """The variable that stands for an alias in a dotenv file: `SUPPORT_PROD`."""
    return name.upper().replace("-", "_")
