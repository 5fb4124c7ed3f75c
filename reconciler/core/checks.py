"""Checks of a model before it is promoted: what is known of them, and what that means."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from reconciler.core.address import Address
from reconciler.core.alias import Checked
from reconciler.errors import ReconcilerError, Unsettled

PASS, FAIL, INVESTIGATE = "pass", "fail", "investigate"
"""What comes of checks; the last one: nobody can tell but a person."""

FORCED: Final = "forced"
"""The outcome of what a person promoted in spite of what spoke against it."""


IF_PASSED: Final = "if its checks pass; "
"""Begins the reason of a promotion that its checks lead."""


class Checks(NamedTuple):
    """What a model has to answer.

    Attributes:
        digest: of the checks and their cases.
        number: of checks; `requests` are the chat completions that they take.
        compares: whether the model in use is asked as well.
        rules: the checks themselves, each with its cases; for whoever asks.
    """

    digest: str
    number: int
    requests: int
    compares: bool = False
    rules: tuple[Any, ...] = ()

    def key(self, current: str) -> str:
        """What a result holds for: these checks, and the model that they compare with."""
        return f"{self.digest}@{current}" if self.compares and current else self.digest


class Trial(NamedTuple):
    """A model that is to be checked, beside the one in use; empty where there is none."""

    checks: Checks
    model: str
    current: str = ""

    @property
    def requests(self) -> int:
        """Chat completions that this takes, at the most."""
        return self.checks.requests


def known(results: Mapping[tuple[str, str], Checked], trial: Trial) -> Checked | None:
    """What came of this very trial before; None where it is to be made, or made again."""
    found = results.get((trial.model, trial.checks.key(trial.current)))
    return found if found and found.outcome != INVESTIGATE else None


class Words(NamedTuple):
    """What is said of a model that is not promoted, in the parts of an error."""

    what: str
    where: str
    why: str
    cure: str


def held_back(address: Address, result: Checked, current: str) -> Words:
    """Why an alias stays where it is."""
    stays = f"stays at {current}" if current else "is not promoted"
    count = result.total - result.passed
    if result.outcome == INVESTIGATE:
        what = f"{address} {stays}: {count} of {result.total} checks cannot be judged"
        cure = (
            f"look at the model: reconciler chat {result.model}\nthe next apply checks it again; "
        )
        return Words(what, result.model, result.why, f"{cure}or {force(address)}")
    what = f"{address} {stays}: {count} of {result.total} checks failed"
    return Words(what, result.model, result.why, f"better data, or {force(address)}")


def not_passed(address: Address, result: Checked, current: str) -> ReconcilerError:
    """The same as what ends a change."""
    what, where, why, cure = held_back(address, result, current)
    failure = Unsettled if result.outcome == INVESTIGATE else ReconcilerError
    return failure(what, where=where, why=why, cure=cure)


def force(address: Address) -> str:
    """The command that promotes in spite of it."""
    return f'reconciler apply --force-promote {address} --reason "…"'


def told(result: Checked) -> str:
    """`2 of 2 checks passed`."""
    return f"{result.passed} of {result.total} checks passed"
