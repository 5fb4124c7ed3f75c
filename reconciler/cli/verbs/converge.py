"""What `apply` and `destroy` do: take the lock, then round after round within what was reviewed."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from reconciler.cli.verbs.ask import ask
from reconciler.cli.verbs.ending import conclude
from reconciler.cli.verbs.glance import LOOKING
from reconciler.cli.verbs.plan import refusals_of, show_plan
from reconciler.cli.verbs.progress import Progress
from reconciler.cli.verbs.stop import Stop
from reconciler.cli.verbs.wait import running, wait_for_jobs
from reconciler.cli.verbs.workspace import Workspace, holder
from reconciler.core.address import Address
from reconciler.core.guards import Leave
from reconciler.core.plan import Action, Change, Finding, Plan
from reconciler.errors import ApiError, ExitCode, Refusal
from reconciler.render.events_text import Tally
from reconciler.round import Journal, Round, carry_out, look

SETTLE_POLL = 5.0
"""Seconds between looks while a pending create, or a reader of a file, is waited for."""

QUESTIONS = {"apply": "Apply {1} to {2}?", "destroy": "Destroy these {0} of {2}?"}
"""By verb, with the number of changes, the same in words, and the owner."""


@dataclass(frozen=True, slots=True)
class Will:
    """What the person who called wants of this apply."""

    verb: str
    leave: Leave
    yes: bool
    wait: bool


def converge(workspace: Workspace, will: Will, stop: Stop, lock_timeout: int) -> ExitCode:
    """Take the lock and apply, in one round or, waiting, in as many as it takes."""
    who = holder(will.verb, workspace.settings.environ)
    with workspace.backend.lock(who, float(lock_timeout), stop.pause) as epoch:
        return Converging(workspace, will, stop, workspace.journal(epoch)).rounds()


@dataclass
class Converging:
    """One apply under the lock: what it did so far, and when it has to end."""

    workspace: Workspace
    will: Will
    stop: Stop
    journal: Journal
    tally: Tally = field(default_factory=Tally)
    began: float = field(default_factory=time.monotonic)
    reviewed: frozenset[Address] = frozenset()
    found: Round = field(init=False)

    def rounds(self) -> ExitCode:
        """Round after round, until nothing is left to do or to wait for."""
        self.found = self.look()
        self.review(self.found)
        with self.stop.gently():
            self.go_on()
        took = time.monotonic() - self.began
        return conclude(self.workspace, self.found, self.journal, self.tally, self.stop, took)

    def go_on(self) -> None:
        """What was said yes to, then what follows from it."""
        self.carry_out(self.found)
        try:
            while self.has_more(self.found):
                self.found = self.look()
                self.stay_within(self.found)
                self.carry_out(self.found)
        except ApiError:
            if not self.stop.is_over:  # else it was broken off, to leave in time
                raise

    def look(self) -> Round:
        """Observe, settle, diff."""
        rig = self.workspace.rig(self.journal.write)
        workspace = self.workspace
        with workspace.settings.out.passing(LOOKING):
            waited = int(time.monotonic() - self.began)
            state, desired = self.journal.state, workspace.desired
            return look(state, desired, rig, workspace.patience, waited=waited)

    def review(self, found: Round) -> None:
        """Show the plan, refuse what must not be, and get a yes."""
        refusals = refusals_of(self.workspace, found, self.will.leave)
        show_plan(self.workspace, found, refusals, in_line=True)
        refuse(refusals)
        todo = [c for c in found.plan.changes if c.action is not Action.WAITING]
        if todo and not self.will.yes:
            self.ask([change for change in todo if change.follows is None])
        self.reviewed = frozenset(change.address for change in found.plan.changes)

    def ask(self, todo: Sequence[Change]) -> None:
        """A person's yes."""
        verb, count = self.will.verb, f"{len(todo)} change{'s' * (len(todo) != 1)}"
        question = QUESTIONS[verb].format(len(todo), count, self.workspace.owner)
        out = self.workspace.settings.out
        ask(out, question, verb=verb, command=verb, why=f"the plan has {count}")

    def stay_within(self, found: Round) -> None:
        """What a later round may do is what was said yes to, and no more."""
        refuse(refusals_of(self.workspace, found, self.will.leave))
        for change in found.plan.changes:
            if change.address not in self.reviewed:
                raise Refusal(
                    f"refused: {change.address} is not in the plan that was confirmed",
                    why=f"it would now {change.action.word}: {change.reason}",
                    cure=f"reconciler {self.will.verb}, and look at it again",
                )

    def carry_out(self, found: Round) -> None:
        """Do it, and say each step as it is done."""
        rig = self.workspace.rig(self.journal.write)
        with Progress(self.workspace.settings.out, width(found.plan)) as progress:
            for event in carry_out(found, rig, self.journal):
                self.tally.add(event)
                progress.show(event)
        self.tally.waiting = [c for c in found.plan.changes if c.action is Action.WAITING]

    def has_more(self, found: Round) -> bool:
        """Whether another round may find something to do, after waiting for it."""
        if not self.will.wait or self.stop.is_over or self.tally.is_broken:
            return False
        if running(self.journal.state):
            wait_for_jobs(self.workspace, self.journal.state, self.stop)
        elif self.journal.state.pending or self.tally.waiting:
            self.stop.pause(SETTLE_POLL)
        else:
            return not found.plan.is_empty and not self.stop.is_over
        return not self.stop.is_over


def refuse(refusals: Sequence[Finding]) -> None:
    """Stop at the first reason."""
    for first in refusals:
        raise Refusal(first.what, where=first.where, why=first.why, cure=first.cure)


def width(plan: Plan) -> int:
    """Columns of the longest address."""
    return max((len(str(change.address)) for change in plan.changes), default=0)
