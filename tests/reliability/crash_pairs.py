"""T2: a run dies at every instant, and the run that is to mend it at every instant of its own."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.reliability.crash_points import Play
from tests.reliability.ground import Moment, ground
from tests.reliability.oracle import Before, after_death, in_the_end
from tests.reliability.play import mend
from tests.reliability.report import Profile, Result
from tests.reliability.scenarios import SCENARIOS
from tests.support.seam import Doom, Instant

NAME = "small"
FIRSTS, SECONDS = 5, 2
"""How many first deaths the quick profile tries, and second ones after each."""


def run(profile: Profile) -> Result:
    """Every pair; in the quick profile a few, spread over all."""
    cases, broken, violations, firsts = 0, Counter[str](), [], 0
    with TemporaryDirectory() as folder, ground(Path(folder)) as here:
        play = Play.of(here, NAME, SCENARIOS[NAME])
        for first in spread(len(play.instants), FIRSTS, 0, profile):
            pair = Pair.of(play, first)
            firsts += 1
            for second in spread(len(pair.instants), SECONDS, first, profile):
                cases += 1
                if problems := pair.die(second):
                    broken.update(problem.split(":")[0] for problem in problems)
                    violations.append(pair.told(second, problems))
    figures = {"first deaths": firsts, "duplicates": broken["I1"], "orphans": broken["I2"]}
    return Result("T2", "two crashes, one in the run that mends", cases, figures, violations)


def again(first: int, second: int) -> None:
    """One pair once more; what was said and what is wrong is in the error."""
    with TemporaryDirectory() as folder, ground(Path(folder)) as here:
        pair = Pair.of(Play.of(here, NAME, SCENARIOS[NAME]), first)
        problems = pair.die(second)
        said = "\n".join(each.all for each in here.said)
        assert not problems, f"{pair.told(second, problems)}\n{said}"


def spread(count: int, few: int, offset: int, profile: Profile) -> Iterator[int]:
    """All of so many, or a few of them, far apart."""
    if profile > Profile.QUICK:
        yield from range(count)
        return
    for number in range(few):
        yield (offset + number * count // few) % count


@dataclass(frozen=True)
class Pair:
    """A first death: the moment after it, and the instants of the run that is to mend it."""

    play: Play
    first: int
    middle: Moment
    before: Before
    instants: list[Instant]
    problems: list[str]

    @classmethod
    def of(cls, play: Play, first: int) -> "Pair":
        """Die at an instant; what the server kept is carried out at once."""
        here = play.ground
        here.go_back(play.start)
        here.struck(Doom(first), play.scenario.command)
        here.door.let_in()
        problems = [*after_death(here, play.before)]
        before, middle = replace(play.before, state=here.state), here.moment()
        return cls(play, first, middle, before, here.instants(play.scenario.command), problems)

    def die(self, second: int) -> list[str]:
        """Die once more, be mended; what is wrong then."""
        here, scenario = self.play.ground, self.play.scenario
        here.go_back(self.middle)
        here.struck(Doom(second), scenario.command)
        problems = [*self.problems, *after_death(here, self.before)]
        is_kept = self.instants[second].part == "sent"
        problems += mend(here, scenario, at_once=is_kept or second % 2 == 0)
        return [*problems, *in_the_end(here, scenario)]

    def told(self, second: int, problems: list[str]) -> str:
        """A violation for people: where, what, and how to see it again."""
        one, two = self.play.instants[self.first], self.instants[second]
        where = f"{NAME}, dies at {self.first}: {one}, then at {second}: {two}"
        call = f"from tests.reliability.crash_pairs import again; again({self.first}, {second})"
        return f'{where}: {"; ".join(problems)}\n  again: python -c "{call}"'
