"""What `apply` and `destroy` do: take the lock, then round after round within what was reviewed."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from reconciler.cli.out import Out, now
from reconciler.cli.verbs.compared import compared
from reconciler.cli.verbs.consent import Consent, Will, confined, consent
from reconciler.cli.verbs.ending import Course, conclude, exit_code, sum_up
from reconciler.cli.verbs.glance import LOOKING
from reconciler.cli.verbs.plan import refusals_of, show_plan
from reconciler.cli.verbs.progress import Progress
from reconciler.cli.verbs.scope import in_scope, leave_words
from reconciler.cli.verbs.stop import Stop
from reconciler.cli.verbs.wait import FIRST_POLL, running, wait_for_jobs
from reconciler.cli.verbs.whoami import holder
from reconciler.cli.verbs.witness import Witness, audit_log, doer_of, phase
from reconciler.cli.verbs.workspace import Workspace
from reconciler.core.address import Address
from reconciler.core.anew import later
from reconciler.core.audit import audit
from reconciler.core.plan import Action, Finding, Plan
from reconciler.core.renewal import Renew, Renewal
from reconciler.core.resource import Desired
from reconciler.core.slots import holds
from reconciler.core.state import State
from reconciler.errors import ApiError, ExitCode, ReconcilerError, Refusal
from reconciler.events import Done
from reconciler.render.duration import spell
from reconciler.render.events_json import event_document
from reconciler.render.events_text import Tally
from reconciler.render.settled_text import settled_lines
from reconciler.round import Journal, Round, carry_out, look

SETTLE_POLL = 5.0
"""Seconds between looks while a pending create, or a reader of a file, is waited for."""


def converge(workspace: Workspace, will: Will, stop: Stop, lock_timeout: int) -> ExitCode:
    """Take the lock and apply, in one round or, waiting, in as many as it takes."""
    with locked(workspace, will, stop, lock_timeout) as journal:
        return Converging(workspace, will, stop, journal).rounds()


@contextmanager
def locked(workspace: Workspace, will: Will, stop: Stop, lock_timeout: int) -> Iterator[Journal]:
    """The state as it is under the lock."""
    workspace.require_data()
    who = holder(will.verb, workspace.settings.environ)
    pause = told_once(workspace.settings.out, stop.pause) if lock_timeout else stop.pause
    with workspace.backend.lock(who, float(lock_timeout), pause) as epoch:
        yield workspace.journal(epoch, will.plan.lineage if will.plan else "")


@dataclass
class Converging:
    """One apply under the lock: what it did so far, and when it has to end."""

    workspace: Workspace
    will: Will
    stop: Stop
    journal: Journal
    tally: Tally = field(default_factory=Tally)
    began: float = field(default_factory=time.monotonic)
    consent: Consent = field(default_factory=Consent)
    found: Round = field(init=False)
    shown: frozenset[Finding] = frozenset()
    """What was said with the plan."""
    has_moved: bool = False
    """Whether the last round did anything."""
    has_freed: bool = False
    """Whether it ended a run, so that there is room for another one."""
    has_told_wait: bool = False
    awaited: set[Address] = field(default_factory=set)
    """Where it was waited for the end of a run."""
    is_under_way: bool = False
    """Whether this is a later round than the one that was said yes to."""

    def rounds(self) -> ExitCode:
        """Round after round, until nothing is left to do or to wait for."""
        self.review()
        self.stop.vouches(lambda: not self.journal.is_broken)
        with self.stop.gently(), self.summed_up():
            self.go_on()
            self.forget_asked()
        course = self.course()
        return conclude(self.workspace, self.found, course, self.shown, self.audit(course.state))

    def go_on(self) -> None:
        """What was said yes to, then what follows from it."""
        self.carry_out()
        try:
            while self.has_more():
                self.look_again()
                self.carry_out()
        except ApiError:
            if not self.stop.is_over:  # else it was broken off, to leave in time
                raise

    def asked(self) -> tuple[Renewal, ...]:
        """What is to be made anew, as the state remembers it meanwhile."""
        return self.consent.asked

    def forget_asked(self) -> None:
        """What ended well was asked for once: from now on the same command means another one."""
        asked = {renewal.address for renewal in self.journal.state.renewals}
        is_waiting = any(change.address in asked for change in self.tally.waiting)
        if asked and not is_waiting and exit_code(self.found, self.course()) is ExitCode.DONE:
            self.journal.write(Renew(()))
            self.journal.checkpoint()

    def course(self) -> Course:
        """How it went so far."""
        return Course(
            self.tally,
            self.journal.state,
            self.found.live.objects,
            self.running(),
            self.awaited,
            time.monotonic() - self.began,
            self.stop,
            self.again(),
            is_spent=self.will.plan is not None,
            is_saved=self.journal.is_saved,
            is_simulated=self.workspace.is_simulated,
        )

    def again(self) -> str:
        """The command that goes on where this one is cut short; of a saved plan its digest does."""
        will, command = self.will, self.workspace.settings.typed(self.will.verb)
        digest = will.plan.digest if will.plan else will.expect
        parts = [f" --expect {digest}"] if digest else []
        parts += [" --wait"] if will.wait else []
        return "".join([command, *parts, leave_words(will.leave)])

    def audit(self, after: State) -> tuple[Finding, ...]:
        """What this apply should not leave behind."""
        is_declared = not self.workspace.is_empty
        return tuple(audit(self.found.view, after, is_declared=is_declared))

    def running(self) -> Mapping[Address, str]:
        """Addresses whose run has not ended, as far as is known → its id."""
        runs = self.found.live.objects.values()
        ended = frozenset(seen.id for seen in runs if seen.phase.is_terminal)
        return running(self.journal.state, ended)

    @contextmanager
    def summed_up(self) -> Iterator[None]:
        """Whatever ends it: what was done is said first."""
        try:
            yield
        except ReconcilerError as error:
            course = self.course()
            sum_up(self.workspace, course, error.exit_code)
            if not course.is_idle:  # it holds for the last request alone
                on = f"then {course.again}: it goes on from here"
                error.cure = error.cure.replace("nothing was sent", on)
            raise

    def declared(self) -> Desired:
        """What is declared; of what else is asked for, in a later round only what waited so far."""
        if not self.is_under_way:
            return self.workspace.desired
        made = {event.change.address for event in self.tally.done if event.change.action.makes}
        return later(self.workspace.desired, self.journal.state, made)

    def look(self) -> Round:
        """Observe, settle, diff."""
        rig = self.workspace.rig(self.journal.write)
        workspace = self.workspace
        with workspace.settings.out.passing(LOOKING):
            waited = int(time.monotonic() - self.began)
            found = look(
                self.journal.state, self.declared(), rig, workspace.patience, waited=waited
            )
        return in_scope(found, self.will.scope)

    def review(self) -> None:
        """Show the plan, refuse what must not be, and get a yes."""
        self.found = confined(self.workspace, self.look(), self.will)
        refusals = refusals_of(self.workspace, self.found, self.will.leave)
        told, out = compared(self.workspace, self.found), self.workspace.settings.out
        with out.folded(f"Plan of {self.workspace.owner}"):
            # The first one ends the command, and is said then.
            show_plan(self.workspace, told, refusals[not out.is_json :], in_line=True)
        refuse(refusals)
        self.consent = consent(self.workspace, self.found, self.will)
        self.shown = frozenset(self.found.plan.findings)

    def look_again(self) -> None:
        """What a later round may do is what was said yes to, and no more."""
        self.is_under_way = True
        self.found = self.look().within(self.consent.ceiling)
        self.tell_settled()
        refuse(refusals_of(self.workspace, self.found, self.will.leave, self.tally.spent))

    def tell_settled(self) -> None:
        """What became of the doubts of an earlier round."""
        out, settlements = self.workspace.settings.out, self.found.settlements
        doubts = {event.change.address: event.change for event in self.tally.doubtful}
        made = {
            item.intent.address: Done(doubts[item.intent.address], item.found.id, item.found.status)
            for item in settlements
            if item.found and item.entry and item.intent.address in doubts
        }
        pending = {intent.address for intent in self.found.state.pending.values()}
        self.tally.look_anew(made, pending)
        out.keep(*settled_lines(settlements))
        if out.is_json:
            for event in made.values():
                out.line(event_document(event))

    def carry_out(self) -> None:
        """Do it, and say each step as it is done."""
        rig = self.workspace.rig(self.journal.write, self.will.lanes)
        plan, before = self.found.plan, len(self.tally.done)
        settings, review = self.workspace.settings, self.consent.review
        doer = doer_of(self.workspace, self.will.verb, review.digest if review else "")
        progress = Progress(settings.out, width(plan), is_simulated=self.workspace.is_simulated)
        with audit_log(settings) as log, progress:
            witness = Witness(settings, doer, log, self.found.state)
            said = review, self.asked()
            for event in carry_out(self.found, rig, self.journal, *said):
                self.tally.add(event)
                witness.see(event)
                progress.show(event)
        done = self.tally.done[before:]
        self.has_moved = bool(done)
        self.has_freed = any(event.change.action is Action.CANCEL for event in done)
        self.tally.wait_for(plan)

    def has_more(self) -> bool:
        """Whether another round may find something to do, after waiting for it."""
        if not self.will.wait or self.stop.is_over or self.tally.is_broken:
            return False
        is_awaited = any(change.awaits for change in self.tally.waiting)
        if is_awaited and self.has_freed:
            return True
        if jobs := self.running():
            self.awaited |= jobs.keys()
            others = self.active() if is_awaited else frozenset()
            with phase(self.workspace.settings, "for jobs"):
                wait_for_jobs(self.workspace, jobs, self.stop, others, self.room_in())
        elif self.is_open():
            self.wait_for_evidence()
        elif not self.has_moved:
            return False
        return not self.stop.is_over

    def is_open(self) -> bool:
        """Whether what waits may come about with time alone; else nobody is kept waiting for it."""
        outlook, doubts = self.found.outlook, self.journal.state.pending.values()
        if any(outlook.settles([doubt]) for doubt in doubts):
            return True
        return not self.has_moved and (bool(self.tally.postponed) or outlook.is_open)

    def room_in(self) -> float | None:
        """Seconds until an endpoint that took no more jobs is asked again; None: it takes some."""
        full, now = self.journal.state.full, self.workspace.api.now()
        if full is None or full.until is None or now is None or not holds(full, self.found.live):
            return None
        return max(full.until - now, FIRST_POLL)

    def active(self) -> frozenset[str]:
        """Every run whose end may be what something waits for, those of others among them."""
        live = {s.id for s in self.found.live.of("jobs") if not s.phase.is_terminal}
        return frozenset({*live, *self.running().values()})

    def wait_for_evidence(self) -> None:
        """A while until the next look; what is waited for is said, once where nothing is erased."""
        out = self.workspace.settings.out
        doubts = {intent.address for intent in self.journal.state.pending.values()}
        named = ", ".join(map(str, sorted(doubts))) or "what other changes wait for"
        words = f"waiting for {named}, looking again every {spell(int(SETTLE_POLL))}"
        if not self.has_told_wait and not out.is_terminal:
            out.say(f"{now()} {words}")
        self.has_told_wait = True
        with out.passing(f"{words} …"):
            self.stop.pause(SETTLE_POLL)


def told_once(out: Out, pause: Callable[[float], None]) -> Callable[[float], None]:
    """The same pause for whoever waits for the lock; the first time it is said."""
    told = False

    def waiting(seconds: float) -> None:
        nonlocal told
        if not told:
            out.say(f"{'  …' if out.is_terminal else now()} waiting for the lock of another run")
            told = True
        pause(seconds)

    return waiting


def refuse(refusals: Sequence[Finding]) -> None:
    """Stop at the first reason."""
    for first in refusals:
        raise Refusal(first.what, where=first.where, why=first.why, cure=first.cure)


def width(plan: Plan) -> int:
    """Columns of the longest address."""
    return max((len(str(change.address)) for change in plan.changes), default=0)
