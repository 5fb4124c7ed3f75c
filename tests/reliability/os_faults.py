"""T4: each operation on a file and each phase of a call fails once, with every likely error.

A run that meets one ends with a declared exit code and words, never with a traceback; the state is
the old one or the new one; what comes after it loses nothing and pays nothing twice.
"""

import errno
import os
from collections import Counter
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from reconciler.errors import ExitCode
from tests.reliability.crash_points import Play
from tests.reliability.ground import ground
from tests.reliability.oracle import after_death, in_the_end
from tests.reliability.play import mend
from tests.reliability.report import Profile, Result
from tests.reliability.scenarios import SCENARIOS
from tests.support.seam import Failing

NAMES = ("replace", "small")
"""The scenarios; the quick profile plays the first."""

MEMORY = "MemoryError"
ERRORS = ("EIO", "ENOSPC", "EDQUOT", "EROFS", "EACCES", "EMFILE", "EINTR", "ECONNRESET",
          "ETIMEDOUT", MEMORY)  # fmt: skip
ENDINGS = {
    ExitCode.DONE,
    ExitCode.FAILED,
    ExitCode.REFUSED,
    ExitCode.UNSETTLED,
    ExitCode.INVALID,
}
"""How a run that meets an error may end.

`DONE` where it could do without the operation, `REFUSED` where a dataset cannot be read any more.
"""

Trial = tuple[int, str]
"""The number of an operation, and the error it fails with."""


def run(profile: Profile) -> Result:
    """Every operation with every error; in the quick profile each error at some operations."""
    cases, codes, violations = 0, Counter[str](), []
    with TemporaryDirectory() as folder, ground(Path(folder)) as here:
        for name in NAMES if profile > Profile.QUICK else NAMES[:1]:
            play = Play.of(here, name, SCENARIOS[name])
            for trial in trials(operations(play), profile):
                cases += 1
                problems, code = fail(play, trial)
                codes[code] += 1
                if problems:
                    violations.append(told(name, trial, problems))
    figures = {"errors": len(ERRORS)} | {f"exit {code}": codes[code] for code in sorted(codes)}
    return Result("T4", "an error at every operation", cases, figures, violations)


def again(name: str, at: int, error: str) -> None:
    """One case once more; what was said and what is wrong is in the error."""
    with TemporaryDirectory() as folder, ground(Path(folder)) as here:
        problems, _ = fail(Play.of(here, name, SCENARIOS[name]), (at, error))
        said = "\n".join(each.all for each in here.said)
        assert not problems, f"{told(name, (at, error), problems)}\n{said}"


def trials(count: int, profile: Profile) -> Iterator[Trial]:
    """All pairs of so many operations and the errors; or each error twice, far apart."""
    if profile > Profile.QUICK:
        yield from product(range(count), ERRORS)
        return
    for number, error in enumerate(ERRORS * 2):
        yield number * count // (2 * len(ERRORS)), error


def operations(play: Play) -> int:
    """How many operations the run has, those that only read included."""
    counting = Failing(None, OSError())
    play.ground.struck(counting, play.scenario.command, reads=True)
    return counting.met


def fail(play: Play, trial: Trial) -> tuple[list[str], str]:
    """Let one operation fail, mend it; what is wrong then, and how the run ended."""
    here, scenario, (at, name) = play.ground, play.scenario, trial
    here.go_back(play.start)
    failing = Failing(at, raised(name))
    try:
        said = here.struck(failing, scenario.command, reads=True)
    except AssertionError as error:
        return [f"I9: {error}"], "bug"
    assert said is not None, "an error is no death"
    problems = [] if said.code in ENDINGS else [f"I9: exit {said.code}"]
    problems += [] if failing.failed else ["it did not come to this operation"]
    problems += after_death(here, play.before)
    problems += mend(here, scenario, at_once=at % 2 == 0)
    return [*problems, *in_the_end(here, scenario)], str(said.code)


def raised(name: str) -> BaseException:
    """The error of a name."""
    if name == MEMORY:
        return MemoryError()
    number = int(getattr(errno, name))
    return OSError(number, os.strerror(number))


def told(name: str, trial: Trial, problems: list[str]) -> str:
    """A violation for people: where, what, and how to see it again."""
    at, error = trial
    call = f"from tests.reliability.os_faults import again; again({name!r}, {at}, {error!r})"
    where = f"{name}, operation {at} fails with {error}"
    return f'{where}: {"; ".join(problems)}\n  again: python -c "{call}"'
