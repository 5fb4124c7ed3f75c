"""T1: a run dies at every instant of every scenario, and the next ones put all to rights.

The instants are before and after each operation on a file, in the middle of each write, and seven
phases of each HTTP call: before the connection, connected, in the middle of the head or the body,
sent and not carried out, carried out and not answered, in the middle of the answer, answered. Where
the state is at a server they are before and after each request to that, in the middle of a removal,
and the phases in which a request that changes something is carried out and answered.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.reliability.ground import Ground, Moment, ground
from tests.reliability.keeps import KEEPS
from tests.reliability.oracle import Before, after_death, in_the_end
from tests.reliability.play import mend, prepare
from tests.reliability.report import Profile, Result
from tests.reliability.scenarios import SCENARIOS, Scenario
from tests.support.seam import Doom, Instant

SPREAD = 0.618
"""The quick profile tries one instant of each scenario, so far (of its length) after the last."""

QUICK: Mapping[str, Collection[str]] = {
    "local": SCENARIOS,
    "file://": ("small",),
    "postgresql://": ("small",),
    "s3://": ("small",),
}
"""What the quick profile plays at each kind of place."""


def run(
    profile: Profile,
    scenarios: Mapping[str, Scenario] = SCENARIOS,
    places: Collection[str] = KEEPS,
) -> Result:
    """Every instant at every place; in the quick profile one of each scenario."""
    cases, broken, violations = Counter[str](), Counter[str](), []
    for order, place in enumerate(places):
        played = [name for name in scenarios if profile > Profile.QUICK or name in QUICK[place]]
        with TemporaryDirectory() as folder, ground(Path(folder), KEEPS[place]) as here:
            for number, name in enumerate(played, order):
                play = Play.of(here, name, scenarios[name])
                for at in sampled(play.points, number, profile):
                    cases[place] += 1
                    if problems := play.die(at):
                        broken.update(problem.split(":")[0] for problem in problems)
                        violations.append(play.told(at, problems))
    figures = {"scenarios": len(scenarios), "duplicates": broken["I1"], "orphans": broken["I2"]}
    figures |= {f"at {place}": count for place, count in cases.items()}
    return Result("T1", "a crash at every instant", cases.total(), figures, violations)


def again(place: str, name: str, at: int) -> None:
    """One case once more; what was said and what is wrong is in the error."""
    with TemporaryDirectory() as folder, ground(Path(folder), KEEPS[place]) as here:
        play = Play.of(here, name, SCENARIOS[name])
        problems = play.die(at)
        said = "\n".join(each.all for each in here.said)
        assert not problems, f"{play.told(at, problems)}\n{said}"


def sampled(points: Sequence[int], number: int, profile: Profile) -> Sequence[int]:
    """Which of the instants of a scenario of this number are tried."""
    if profile > Profile.QUICK:
        return points
    return [points[int(len(points) * (number * SPREAD % 1))]]


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

    @property
    def points(self) -> list[int]:
        """At which instants to die."""
        return [at for at, each in enumerate(self.instants) if self.ground.keep.matters(each)]

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
        place = self.ground.keep.kind
        where = f"{place}, {self.name}, dies at {at}: {self.instants[at]}"
        case = f"{place!r}, {self.name!r}, {at}"
        call = f"from tests.reliability.crash_points import again; again({case})"
        return f'{where}: {"; ".join(problems)}\n  again: python -c "{call}"'
