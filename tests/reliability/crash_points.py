"""T1: a run dies at every instant of every scenario, and the next ones put all to rights.

The instants are before and after each operation on a file, in the middle of each write, and seven
phases of each HTTP call: before the connection, connected, in the middle of the head or the body,
sent and not carried out, carried out and not answered, in the middle of the answer, answered.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.reliability.ground import Ground, Moment, ground
from tests.reliability.oracle import Before, after_death, in_the_end
from tests.reliability.play import mend, prepare
from tests.reliability.report import Profile, Result
from tests.reliability.scenarios import SCENARIOS, Scenario
from tests.support.seam import Doom, Instant

SAMPLE = 1
"""Instants of each scenario that the quick profile tries: as many, or one more."""


def run(profile: Profile, scenarios: Mapping[str, Scenario] = SCENARIOS) -> Result:
    """Every instant; in the quick profile a few of each scenario, each time others."""
    cases, broken, violations = 0, Counter[str](), []
    with TemporaryDirectory() as folder, ground(Path(folder)) as here:
        for number, (name, scenario) in enumerate(scenarios.items()):
            play = Play.of(here, name, scenario)
            for at in sampled(len(play.instants), number, profile):
                cases += 1
                if problems := play.die(at):
                    broken.update(problem.split(":")[0] for problem in problems)
                    violations.append(play.told(at, problems))
    figures = {"scenarios": len(scenarios), "duplicates": broken["I1"], "orphans": broken["I2"]}
    return Result("T1", "a crash at every instant", cases, figures, violations)


def again(name: str, at: int) -> None:
    """One case once more; what was said and what is wrong is in the error."""
    with TemporaryDirectory() as folder, ground(Path(folder)) as here:
        play = Play.of(here, name, SCENARIOS[name])
        problems = play.die(at)
        said = "\n".join(each.all for each in here.said)
        assert not problems, f"{play.told(at, problems)}\n{said}"


def sampled(count: int, offset: int, profile: Profile) -> range:
    """Which of so many cases are tried."""
    stride = 1 if profile > Profile.QUICK else max(1, count // SAMPLE)
    return range(offset % stride, count, stride)


@dataclass(frozen=True)
class Play:
    """A scenario, prepared: the moment before its run, and the instants of that run."""

    ground: Ground
    name: str
    scenario: Scenario
    start: Moment
    before: Before
    instants: list[Instant]

    @classmethod
    def of(cls, here: Ground, name: str, scenario: Scenario) -> "Play":
        """The scenario on an empty ground."""
        here.clear()
        here.is_parallel = scenario.is_parallel
        prepare(here, scenario)
        start = here.moment()
        instants = here.instants(scenario.command)
        return cls(here, name, scenario, start, Before.of(here), instants)

    def die(self, at: int) -> list[str]:
        """Die at an instant, be mended; what is wrong then."""
        here, scenario = self.ground, self.scenario
        here.go_back(self.start)
        if here.struck(Doom(at), scenario.command) is not None and not scenario.is_parallel:
            return [f"it did not come to {self.instants[at]}"]
        problems = [*after_death(here, self.before)]
        is_kept = self.instants[at].part == "sent"
        problems += mend(here, scenario, at_once=is_kept or at % 2 == 0)
        return [*problems, *in_the_end(here, scenario)]

    def told(self, at: int, problems: list[str]) -> str:
        """A violation for people: where, what, and how to see it again."""
        where = f"{self.name}, dies at {at}: {self.instants[at]}"
        call = f"from tests.reliability.crash_points import again; again({self.name!r}, {at})"
        return f'{where}: {"; ".join(problems)}\n  again: python -c "{call}"'
