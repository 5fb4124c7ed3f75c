"""The end of an apply: one summary line, what went wrong, the next step, the exit code."""

from collections.abc import Iterable

from reconciler.cli.out import Out, error_lines
from reconciler.cli.verbs.stop import Stop
from reconciler.cli.verbs.verdict import say_findings, verdict
from reconciler.cli.verbs.wait import running
from reconciler.cli.verbs.workspace import Workspace
from reconciler.core.address import Address
from reconciler.core.plan import Action, Severity
from reconciler.core.state import State
from reconciler.errors import ExitCode, Locked
from reconciler.events import Done
from reconciler.render.duration import spell
from reconciler.render.events_text import Tally
from reconciler.round import Journal, Round
from reconciler.text import visible


def conclude(
    workspace: Workspace,
    found: Round,
    journal: Journal,
    tally: Tally,
    stop: Stop,
    took: float,
) -> ExitCode:
    """Say how it went; the exit code that follows."""
    out, state = workspace.settings.out, journal.state
    busy = running(state)
    is_idle = not (tally.done or tally.errors or tally.skipped)
    code = _exit(found, tally, busy, stop)
    if out.is_json:
        out.line({"type": "end", "exit_code": int(code), **counts(tally, busy)})
        return code
    if not is_idle:
        suffix = _suffix(tally, state, stop)
        out.keep(tally.summary(busy, spell(took)) + suffix, *_models(tally, state))
        say_findings(out, [f for f in found.plan.findings if f.severity is Severity.FAILED])
    _say_errors(out, tally)
    if code is ExitCode.DEADLINE:
        out.say(*error_lines(stop.lateness(f"with {_left(tally, busy) or 'more to do'}")))
    if not workspace.settings.is_ci:
        out.say(*_next(tally, busy, code, state))
    return code


def counts(tally: Tally, busy: Iterable[Address]) -> dict[str, int]:
    """The summary as numbers."""
    return {
        "done": sum(1 for event in tally.done if event.change.follows is None),
        "failed": len(tally.failed),
        "skipped": len(tally.skipped),
        "waiting": len(tally.waiting),
        "unsettled": len(tally.doubtful),
        "unrecorded": len(tally.unrecorded),
        "running": len(set(busy)),
    }


def _exit(found: Round, tally: Tally, busy: Iterable[Address], stop: Stop) -> ExitCode:
    if stop.is_asked:
        return ExitCode.INTERRUPTED
    if any(isinstance(event.error, Locked) for event in tally.errors):
        return ExitCode.LOCKED
    if stop.is_late and (tally.is_unfinished or any(busy)):
        return ExitCode.DEADLINE
    if tally.doubtful:
        return ExitCode.UNSETTLED
    return ExitCode.FAILED if tally.errors else verdict(found.plan)


def _suffix(tally: Tally, state: State, stop: Stop) -> str:
    if stop.is_asked and not tally.is_unfinished:
        return " · stopped watching; the job goes on"
    if stop.is_asked:
        return f" · interrupted, state saved (serial {state.serial}), unlocked"
    return " · deadline reached" if stop.is_late else ""


def _left(tally: Tally, busy: Iterable[Address]) -> str:
    """`2 jobs running, 1 unsettled`: what the deadline found."""
    count = len(set(busy))
    found = {
        f"job{'s' * (count != 1)} running": count,
        "unsettled": len(tally.doubtful),
        "failed": len(tally.failed),
        "not started": len(tally.skipped),
        "waiting": len(tally.waiting),
    }
    return ", ".join(f"{number} {words}" for words, number in found.items() if number)


def _models(tally: Tally, state: State) -> Iterable[str]:
    """The models that this apply trained or adopted."""
    made = {e.change.address for e in tally.done if e.change.action is not Action.FORGET}
    for address in sorted(made & state.records.keys()):
        record = state.records[address]
        if model := record.facts.get("fine_tuned_model"):
            yield f"  {address}  {visible(record.status)}  {visible(str(model))}"


def _say_errors(out: Out, tally: Tally) -> None:
    for event in tally.errors:
        out.say(*error_lines(event.error, prefix=f"{event.change.address}: "))


def _next(tally: Tally, busy: Iterable[Address], code: ExitCode, state: State) -> Iterable[str]:
    if code is ExitCode.INTERRUPTED:
        yield "next: the same command   (goes on from here; nothing is paid twice)"
    elif code is ExitCode.DEADLINE:
        return  # the error's cure says it
    elif list(busy):
        yield "next: reconciler apply --wait, or reconciler status"
    elif model := _trained(tally.done, state):
        yield f'next: reconciler chat {model} "…"'


def _trained(done: Iterable[Done], state: State) -> Address | None:
    made = (event.change.address for event in done if event.change.address.kind == "jobs")
    trained = (a for a in made if a in state.records)
    return next((a for a in trained if state.records[a].facts.get("fine_tuned_model")), None)
