"""T7: Hypothesis leads the way through the tiny world, and finds the shortest history that breaks.

Each verb of a `Walk` is a rule, so this machine and the seeded walk of `make check` mean the same
by a history. Whatever it does is also checked to be a path of the protocol's model.
"""

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import ClassVar
from unittest.mock import patch

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from reconciler import observe
from tests.reliability.report import Profile, Result
from tests.reliability.trace import check
from tests.support.events import Trace
from tests.support.inline import Inline
from tests.support.ledger import Actor
from tests.support.stack import SETTLE
from tests.support.walk import ACTIONS, FAULTS, STATUSES, VERBS, Walk

HISTORIES: dict[Profile, tuple[int, int]] = {
    Profile.QUICK: (70, 20),
    Profile.FULL: (2_000, 50),
    Profile.LONG: (50_000, 100),
}
"""How many histories, and of how many steps at the most."""

CHANCES = st.randoms(use_true_random=False)
"""Each choice is one of Hypothesis, which makes it smaller when it looks for a shorter history."""


class Histories(RuleBasedStateMachine):
    """One history; what was met in all of them is counted in `met`."""

    met: ClassVar[Counter[str]] = Counter()

    @initialize(chance=CHANCES)
    def begin(self, chance: Random) -> None:
        """Two environments of a project, each with two jobs."""
        self.walk = Walk(chance)
        self.walk.world.trace = Trace(self.walk.world, SETTLE)

    def teardown(self) -> None:
        """The faults stop, and all ends well."""
        self.walk.end()
        trace = self.walk.world.trace
        assert trace
        check(trace)
        self.met.update(self.walk.met)
        self.met["histories"] += 1


def _rule(verb: Callable[[Walk, Actor], None]) -> Callable[..., None]:
    @rule(number=st.integers(0, 1), chance=CHANCES)
    def step(self: Histories, number: int, chance: Random) -> None:
        self.walk.chance = chance
        verb(self.walk, self.walk.actors[number])

    return step


for _verb in VERBS:
    setattr(Histories, _verb.__name__, _rule(_verb))


def run(profile: Profile) -> Result:
    """The same histories each time; a fault that never happened fails the run."""
    violations, met = [], Counter[str]()
    Histories.met = met
    try:
        with patch.object(observe, "ThreadPoolExecutor", Inline):
            run_state_machine_as_test(Histories, settings=_settings(profile))
    except Exception as error:  # noqa: BLE001  # whatever a history raises is a violation
        violations.append("\n".join([str(error), *getattr(error, "__notes__", ())]))
    else:
        expected = FAULTS if profile is Profile.QUICK else (*FAULTS, *STATUSES, *ACTIONS)
        missing = [name for name in expected if not met[name]]
        violations += [f"it never happened: {name}" for name in missing]
    figures = {
        "steps at the most": HISTORIES[profile][1],
        "faults": sum(met[name] for name in FAULTS),
        "rarest": min(met[name] for name in FAULTS),
    }
    return Result("T7", "histories led by Hypothesis", met["histories"], figures, violations)


def _settings(profile: Profile) -> settings:
    """A quick run tells the first history that breaks, a full one a short one."""
    examples, steps = HISTORIES[profile]
    phases = [Phase.generate] if profile is Profile.QUICK else [Phase.generate, Phase.shrink]
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        derandomize=True,
        database=None,
        deadline=None,
        phases=phases,
        report_multiple_bugs=False,
        suppress_health_check=[*HealthCheck],
    )
