"""The part of a plan that is wanted can be carried out, and says what it is."""

import pytest

from reconciler.core.address import Address
from reconciler.core.plan import Action, Change, Drift, Finding, Outside, Plan, Severity
from reconciler.core.resource import Desired, Live, Resource
from reconciler.core.scope import Scope, outside, scoped, unmatched

FILE, OTHER, BOT, TUNED = (
    Address("files", "data"),
    Address("files", "other"),
    Address("jobs", "bot"),
    Address("jobs", "tuned"),
)
SWEEP = tuple(Address("jobs", f"sweep[n_epochs={n}]") for n in (2, 4))
OLD = Address("jobs", "old")


def resource(address: Address, **refs: Address) -> Resource:
    """A declared resource that reads others."""
    return Resource(address, {}, f"v1:{address}", refs=refs)


RESOURCES = (
    resource(FILE),
    resource(OTHER),
    resource(BOT, training_file=FILE),
    resource(TUNED, model=BOT, training_file=OTHER),
    *(resource(address, training_file=OTHER) for address in SWEEP),
)
WANTED = Desired({one.address: one for one in RESOURCES})
MADE = tuple(Change(Action.CREATE, one.address, "new", resource=one) for one in RESOURCES)
GONE = Change(Action.CANCEL, OLD, "no longer declared", id="ftjob-1")
FAILED = Finding(Severity.FAILED, TUNED, "jobs.tuned failed")
DRIFT = Drift(FILE, "file-1", Outside.GONE, "gone")
PLAN = Plan((*MADE, GONE), (), (FAILED,), drift=(DRIFT,))


def part(**scope: object) -> tuple[set[Address], dict[Address, str]]:
    """The addresses that are left to change, and the notes by address."""
    plan = scoped(PLAN, WANTED, Live({}), Scope(**scope))  # type: ignore[arg-type]  # by name
    notes = {finding.address: finding.what for finding in plan.of(Severity.NOTE)}
    return {change.address for change in plan.changes}, notes


def test_the_whole_is_the_plan() -> None:
    """Where nothing is chosen, nothing is touched."""
    assert scoped(PLAN, WANTED, Live({}), Scope()) is PLAN


def test_a_target_brings_what_it_needs() -> None:
    """All the way down, and says so; removals outside it are not made."""
    left, notes = part(targets=("jobs.tuned",))
    assert left == {TUNED, BOT, FILE, OTHER}
    assert notes == {
        BOT: "jobs.bot is added to the target: jobs.tuned needs it",
        OTHER: "files.other is added to the target: jobs.tuned needs it",
        FILE: "files.data is added to the target: jobs.bot needs it",
    }


def test_a_target_that_is_made_is_not_noted() -> None:
    """What is needed and already there is no news."""
    plan = Plan(tuple(change for change in MADE if change.address == BOT))
    left = scoped(plan, WANTED, Live({}), Scope(targets=("jobs.bot",)))
    assert ([c.address for c in left.changes], left.findings) == ([BOT], ())


def test_an_entry_with_a_matrix_is_all_of_it() -> None:
    """And a member can be named alone."""
    assert part(targets=("jobs.sweep",))[0] == {*SWEEP, OTHER}
    assert part(targets=("jobs.sweep[n_epochs=2]", "files.other"))[0] == {SWEEP[0], OTHER}


def test_what_needs_the_excluded_is_left_out() -> None:
    """With its reason."""
    left, notes = part(excluded=("files.data",))
    assert left == {OTHER, *SWEEP, OLD}
    assert notes == {
        BOT: "jobs.bot is left out: it needs files.data, which is out of scope",
        TUNED: "jobs.tuned is left out: it needs jobs.bot, which is out of scope",
    }


def test_nothing_is_removed() -> None:
    """`--no-delete` leaves deletes and cancels out, and nothing else."""
    assert part(keeps_all=True)[0] == {change.address for change in MADE}


def test_only_drift() -> None:
    """Nothing is done; what changed outside is told."""
    plan = scoped(PLAN, WANTED, Live({}), Scope(only_drift=True))
    assert (plan.changes, plan.findings, plan.drift) == ((), PLAN.findings, (DRIFT,))


@pytest.mark.parametrize(
    ("scope", "findings"),
    [
        (Scope(targets=("files.data",)), [DRIFT]),
        (Scope(targets=("jobs.tuned",), excluded=("files.data", "jobs.bot")), [FAILED]),
    ],
)
def test_findings_out_of_scope_are_not_told(scope: Scope, findings: list[Finding | Drift]) -> None:
    """They would decide the exit code of what they do not concern."""
    plan = scoped(PLAN, WANTED, Live({}), scope)
    told = [f for f in plan.findings if f.severity is not Severity.NOTE]
    assert [*told, *plan.drift] == findings


def test_a_pattern_that_matches_nothing() -> None:
    """Is a mistake of typing."""
    assert unmatched(("jobs.b*", "jobs.bto", "files.data"), WANTED.resources) == ["jobs.bto"]


def test_what_is_outside_is_known_before_there_is_a_plan() -> None:
    """What a target needs is inside, what is excluded is not."""
    assert outside(WANTED, Scope()) == frozenset()
    assert outside(WANTED, Scope(targets=("jobs.tuned",))) == {*SWEEP}
    assert outside(WANTED, Scope(excluded=("jobs.sweep",))) == {*SWEEP}
    assert outside(WANTED, Scope(("jobs.bot",), ("files.data",))) == {FILE, OTHER, TUNED, *SWEEP}
