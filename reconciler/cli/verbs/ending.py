"""The end of an apply: one summary line, what went wrong, the next step, the exit code."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from reconciler.cli.out import Out
from reconciler.cli.settings import Settings
from reconciler.cli.told import error_lines
from reconciler.cli.verbs.ci_files import put_out, summarise
from reconciler.cli.verbs.stop import Stop
from reconciler.cli.verbs.verdict import say_findings, verdict
from reconciler.cli.verbs.workspace import Workspace
from reconciler.core.address import Address
from reconciler.core.plan import Action, Finding, Severity
from reconciler.core.resource import MODEL, Observed, Phase
from reconciler.core.spending import Spending, spending
from reconciler.core.state import State
from reconciler.core.words import listed
from reconciler.errors import ExitCode
from reconciler.render.apply_markdown import apply_page
from reconciler.render.ci_log import Note
from reconciler.render.ci_outputs import apply_outputs
from reconciler.render.cost_json import spending_document
from reconciler.render.duration import spell
from reconciler.render.events_shape import EndEvent
from reconciler.render.events_text import Tally
from reconciler.render.money import paid
from reconciler.render.plan_json import finding_document
from reconciler.render.unfinished import unfinished, unfinished_document, unfinished_lines
from reconciler.round import Round
from reconciler.text import visible


@dataclass(frozen=True, slots=True)
class Course:
    """How an apply went.

    Attributes:
        live: id → what the last look found.
        busy: where a run has not ended → its id.
        awaited: where it was waited for the end of a run, whoever began it.
        took: seconds.
        again: the command that goes on from here.
        is_spent: whether what was typed would not: a saved plan is stale by now.
        is_saved: whether the checkpoint has all that was written.
        is_simulated: whether nothing of it costs money.
    """

    tally: Tally
    state: State
    live: Mapping[str, Observed]
    busy: Mapping[Address, str]
    awaited: Collection[Address]
    took: float
    stop: Stop
    again: str
    is_spent: bool = False
    is_saved: bool = True
    is_simulated: bool = False

    @property
    def is_idle(self) -> bool:
        """Whether there was nothing to do at all, nor anything that was waited for to its end."""
        tally = self.tally
        return not (tally.done or tally.errors or tally.skipped or self.ended)

    @property
    def ended(self) -> frozenset[Address]:
        """Where a run of an earlier apply ended while this one waited for it."""
        made = {change.address for change, _ in self.tally.made}
        return frozenset(self.awaited) - self.busy.keys() - made

    @property
    def spending(self) -> Spending:
        """What the runs cost that were made."""
        doubtful = (event.change for event in self.tally.doubtful)
        return spending(self.tally.made, doubtful, self.state.records, self.live)

    @property
    def summary(self) -> str:
        """All of it in one line."""
        money, records = paid(self.spending, simulated=self.is_simulated), self.state.records
        made = {change.address for change, _ in self.tally.made}
        bad = sum(records[a].phase is Phase.FAILED for a in (made | self.ended) & records.keys())
        good = sum(records[a].phase is Phase.READY for a in self.ended & records.keys())
        took = spell(self.took)
        return self.tally.summary(self.busy, took, money, bad, good) + _suffix(self)


class Step(NamedTuple):
    """A command that follows, and what to say of it."""

    command: str = ""
    remark: str = ""


_ON = "   (goes on from here; nothing is paid twice)"


def conclude(
    workspace: Workspace,
    found: Round,
    course: Course,
    shown: Collection[Finding],
    audited: Sequence[Finding],
) -> ExitCode:
    """Say how it went; the exit code that follows.

    Args:
        shown: findings that were said with the plan.
        audited: what was found of what should not be left behind.
    """
    out, code = workspace.settings.out, exit_code(found, course)
    news = [*(finding for finding in found.plan.findings if finding not in shown), *audited]
    step = _next(workspace.settings, course, code, is_clean=not audited)
    sum_up(workspace, course, code, news, step.command)
    say_findings(out, news, simulated=workspace.is_simulated)
    _say_errors(out, course.tally)
    if not course.is_idle:  # else nothing was said in between
        _recall(out, [one for one in found.plan.of(Severity.FAILED) if one in shown])
    if code is ExitCode.DEADLINE:
        state = f"with {_left(course) or 'more to do'}"
        again = [course.again] * course.is_spent
        out.say(*error_lines(course.stop.lateness(state, *again), options=out.options))
    if step.command and not workspace.settings.is_ci:
        out.say(f"next: {step.command}{step.remark}")
    return code


def sum_up(
    workspace: Workspace,
    course: Course,
    code: ExitCode,
    news: Sequence[Finding] = (),
    following: str = "",
) -> None:
    """One line that says what was done, and each address that is not; nothing if nothing was."""
    out, tally, busy = workspace.settings.out, course.tally, course.busy
    left = unfinished(tally, busy)
    _leave(workspace, course, code)
    if out.is_json:
        end = _end(tally, busy, code, news)
        end["unfinished"], end["next"] = [*map(unfinished_document, left)], following
        end["paid"] = spending_document(course.spending)
        out.line(end)
    elif not course.is_idle:
        out.keep(course.summary)
        out.keep(*(unfinished_lines(left) if tally.is_unfinished else ()))
        out.keep(*_models(course))


def _leave(workspace: Workspace, course: Course, code: ExitCode) -> None:
    """What this apply leaves for the steps of CI after it."""
    settings, state = workspace.settings, course.state
    if not settings.host:
        return
    made = {address: str(r.facts.get(MODEL, "")) for address, r in sorted(state.records.items())}
    named = {address: alias.model for address, alias in sorted(state.aliases.items())}
    models = {str(address): model for address, model in {**made, **named}.items() if model}
    put_out(settings, apply_outputs(models, code))
    left = unfinished(course.tally, course.busy)
    summarise(settings, apply_page(str(workspace.owner), course.summary, models, left, code))


def _end(
    tally: Tally, busy: Iterable[Address], code: ExitCode, news: Iterable[Finding]
) -> EndEvent:
    """The summary as numbers."""
    return EndEvent(
        type="end",
        exit_code=int(code),
        done=sum(1 for event in tally.done if event.change.follows is None),
        failed=len(tally.failed),
        skipped=len(tally.skipped),
        waiting=len(tally.waiting),
        unsettled=len(tally.doubtful),
        unrecorded=len(tally.unrecorded),
        running=len(set(busy)),
        findings=[finding_document(finding) for finding in news],
    )


def exit_code(found: Round, course: Course) -> ExitCode:
    """What became of it, as an exit code."""
    tally, stop = course.tally, course.stop
    if stop.is_asked:
        return ExitCode.INTERRUPTED
    codes = {event.error.exit_code for event in tally.errors}
    if ExitCode.LOCKED in codes:
        return ExitCode.LOCKED
    if stop.is_late and (tally.is_unfinished or course.busy):
        return ExitCode.DEADLINE
    if tally.doubtful:
        return ExitCode.UNSETTLED
    if codes:
        order = (ExitCode.REFUSED, ExitCode.FAILED, ExitCode.UNSETTLED)
        return next(code for code in order if code in codes)
    return verdict(found.plan)


def _suffix(course: Course) -> str:
    if course.stop.is_asked and not course.tally.is_unfinished:
        return " · stopped watching; the job goes on"
    if course.stop.is_asked and not course.is_saved:
        return " · interrupted; the state could not be saved"
    if course.stop.is_asked:
        return f" · interrupted, state saved (serial {course.state.serial}), unlocked"
    return " · deadline reached" if course.stop.is_late else ""


def _left(course: Course) -> str:
    """`2 jobs running, 1 unsettled`: what the deadline found."""
    tally, count = course.tally, len(course.busy)
    found = {
        f"job{'s' * (count != 1)} running": count,
        "unsettled": len(tally.doubtful),
        "failed": len(tally.failed),
        "not started": len(tally.skipped),
        "waiting": len(tally.waiting),
    }
    return ", ".join(f"{number} {words}" for words, number in found.items() if number)


def _models(course: Course) -> Iterable[str]:
    """The models that this apply trained, adopted or waited for."""
    done, records = course.tally.done, course.state.records
    made = {event.change.address for event in done if event.change.action is not Action.FORGET}
    for address in sorted((made | course.ended) & records.keys()):
        record = records[address]
        if model := record.facts.get(MODEL):
            yield f"  {address}  {visible(record.status)}  {visible(str(model))}"


def _recall(out: Out, standing: Sequence[Finding]) -> None:
    """Name the failures that were said with the plan: what was done stands between."""
    names = [finding.address for finding in standing]
    if names:
        out.say(f"note: still failed, as said above with the cure: {listed(names)}")


def _say_errors(out: Out, tally: Tally) -> None:
    for event in tally.errors:
        address = str(event.change.address)
        out.annotate(Note("error", address, event.error.what))
        is_named = event.error.what.startswith(address)
        prefix = "" if is_named else f"{address}: "
        out.say(*error_lines(event.error, prefix, out.options))


def _next(settings: Settings, course: Course, code: ExitCode, *, is_clean: bool) -> Step:
    """What is obvious to do next; where an error says more than that, nothing."""
    failed = [event.change.action for event in course.tally.errors]
    is_cut = bool(failed or course.tally.skipped)
    if failed and set(failed) == {Action.CHECK}:
        return Step()  # to go on would be to ask the same again
    if code is ExitCode.INTERRUPTED or (is_cut and code in (ExitCode.FAILED, ExitCode.UNSETTLED)):
        return Step(course.again, _ON)
    if code in (ExitCode.DEADLINE, ExitCode.REFUSED, ExitCode.LOCKED):
        return Step()
    if course.busy:
        return Step(f"{settings.typed('apply')} --wait", f", or {settings.beside('status')}")
    if models := _trained(course):
        return _with_models(settings, models)
    return Step() if is_clean else Step(f"{settings.beside('gc')} --dry-run")


def _with_models(settings: Settings, models: Sequence[Address]) -> Step:
    """Those of one matrix are compared, any other model is asked something."""
    names = Counter(model.entry for model in models)
    if sweep := next((name for name, count in names.items() if count > 1), ""):
        return Step(f"{settings.beside('status')} {sweep}", "   (compares what they learnt)")
    return Step(f'{settings.beside("chat")} {models[0]} "…"')


def _trained(course: Course) -> list[Address]:
    """Where this apply made, adopted or waited for a model, in the order in which it did."""
    records = course.state.records
    done = [event.change.address for event in course.tally.done]
    jobs = dict.fromkeys(a for a in (*done, *sorted(course.ended)) if a.kind == "jobs")
    return [a for a in jobs if a in records and records[a].facts.get(MODEL)]
