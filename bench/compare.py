"""Two commands, side by side: what is promised is the ratio of their times."""

from collections.abc import Iterator
from dataclasses import dataclass

from bench.process import Command, Sample, run


@dataclass(frozen=True, slots=True)
class Case:
    """A promise: `subject` takes at most `at_most` times as long as `yardstick`.

    Attributes:
        megabytes: peak memory that the subject may need; None: any.
        apart: megabytes by which its peak may be above that of the yardstick; None: any.
        rounds: how many are measured, unless the caller says otherwise.
    """

    name: str
    what: str
    subject: Command
    yardstick: Command
    at_most: float
    megabytes: float | None = None
    rounds: int = 7
    apart: float | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """One round: the subject and its yardstick, one after the other."""

    subject: Sample
    yardstick: Sample

    @property
    def ratio(self) -> float:
        """How many times as long the subject took."""
        return self.subject.seconds / self.yardstick.seconds


def compare(case: Case, rounds: int | None = None) -> tuple[Pair, ...]:
    """The rounds of a case, without the first one, which warms caches up.

    Raises:
        RuntimeError: a command failed: its time would mean nothing.
    """
    return tuple(_pairs(case, 1 + (rounds or case.rounds)))[1:]


def _pairs(case: Case, count: int) -> Iterator[Pair]:
    """Who goes first changes with each round, so that neither always meets a warmer machine."""
    for number in range(count):
        if number % 2:
            yardstick = _checked(case, case.yardstick)
            yield Pair(_checked(case, case.subject), yardstick)
        else:
            yield Pair(_checked(case, case.subject), _checked(case, case.yardstick))


def _checked(case: Case, command: Command) -> Sample:
    sample = run(command)
    if sample.code:
        words = " ".join(command.arguments)
        raise RuntimeError(f"{case.name}: `{words}` exits {sample.code}: {sample.error[-500:]}")
    return sample
