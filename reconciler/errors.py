"""The exception tree: every error names the thing, the cause and the cure, and knows its exit code.

ReconcilerError                 1   what, where, why, cure
├── UsageError                 64   the command line asks for what cannot be done
├── InvalidInput               65   a list of problems in the manifest or the datasets
├── Refusal                     3   a guard, the budget, a stale plan, a state that cannot be used
│   └── Damaged                     a state that cannot be read: it can be rebuilt
├── Locked                      4   another process holds the state's lock
│   └── Fenced                      this run held it, and does no more
├── Unsettled                   5   an effect may or may not have happened, or a list is incomplete
├── DeadlineReached             6   the time given is over; run again
├── Interrupted               130   a person or CI asked to stop
└── ApiError                    1   the endpoint said no, or nothing that can be understood
    ├── Unreachable                 no connection was made: nothing was sent
    ├── Refused                     the API said no in its own words: it certainly did not act
    │   └── NotFound                404 with the API's JSON error: the object is gone
    └── Unknown                     all else: it may have acted or not
"""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import ClassVar, Literal, NamedTuple


class ExitCode(IntEnum):
    """What a command says to the shell that called it (design: exit codes)."""

    DONE = 0
    FAILED = 1
    CHANGES = 2
    REFUSED = 3
    LOCKED = 4
    UNSETTLED = 5
    DEADLINE = 6
    USAGE = 64
    INVALID = 65
    INTERRUPTED = 130


class Mark(NamedTuple):
    """A place in a text file; line and column count from 1, columns in characters."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Problem(NamedTuple):
    """One mistake of a user, or a warning: what is wrong, where, why it matters and the cure."""

    what: str
    code: str
    mark: Mark | None = None
    where: str = ""
    why: str = ""
    cure: str = ""
    severity: Literal["error", "warning"] = "error"


class ReconcilerError(Exception):
    """An error that can be shown to a person: four parts and an exit code."""

    exit_code: ClassVar[ExitCode] = ExitCode.FAILED

    def __init__(self, what: str, *, where: str = "", why: str = "", cure: str = "") -> None:
        super().__init__(what)
        self.what, self.where, self.why, self.cure = what, where, why, cure


class UsageError(ReconcilerError):
    """The command line asks for what cannot be done."""

    exit_code = ExitCode.USAGE


class InvalidInput(ReconcilerError):
    """All problems of a manifest and its datasets, found in one run.

    `further` counts, by file, those that are only counted.
    """

    exit_code = ExitCode.INVALID

    def __init__(
        self, problems: Sequence[Problem], further: Mapping[str, int] | None = None
    ) -> None:
        super().__init__(problems[0].what if problems else "invalid input")
        self.problems, self.further = tuple(problems), further or {}


class Refusal(ReconcilerError):
    """Something that could be done is not, because it may be a costly mistake."""

    exit_code = ExitCode.REFUSED


class Damaged(Refusal):
    """The state cannot be read. It is left as it is, and never taken for a new one."""


class Locked(ReconcilerError):
    """Another process holds the lock of this state."""

    exit_code = ExitCode.LOCKED


class Fenced(Locked):
    """This run's hold on the state is over: its lock was broken, or the state changed under it."""


class Unsettled(ReconcilerError):
    """It is not known whether something happened; a person must look, or wait."""

    exit_code = ExitCode.UNSETTLED


class DeadlineReached(ReconcilerError):
    """The time given by `--deadline` is over; the same command goes on from here."""

    exit_code = ExitCode.DEADLINE


class Interrupted(ReconcilerError):
    """A signal asked to stop; everything done so far is in the state."""

    exit_code = ExitCode.INTERRUPTED


class ApiError(ReconcilerError):
    """The endpoint's answer to one request, when it is not the one asked for.

    Attributes:
        status: the HTTP status, or None when no answer came.
        code: `error.code` of the API's JSON error (e.g. `insufficient_quota`), or None.
        param: `error.param` of the API's JSON error, or None.
        retry_after: seconds the server asks to wait, already capped, or None.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str = "",
        why: str = "",
        cure: str = "",
        status: int | None = None,
        code: str | None = None,
        param: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(what, where=where, why=why, cure=cure)
        self.status, self.code, self.param, self.retry_after = status, code, param, retry_after


class Unreachable(ApiError):
    """No connection was made, so nothing was sent."""


class Refused(ApiError):
    """The API said no in its own JSON error: it certainly did not act."""


class NotFound(Refused):
    """404 with the API's JSON error: the object does not exist, or no longer."""


class Unknown(ApiError):
    """Anything else: the request may have been carried out or not."""


def details(error: ReconcilerError) -> Mapping[str, str]:
    """The parts of an error that are not empty, in the order they are shown."""
    parts = {"what": error.what, "where": error.where, "why": error.why, "cure": error.cure}
    return {name: text for name, text in parts.items() if text}
