"""The end of an apply: one summary line, what went wrong, the next step, the exit code."""

from collections.abc import Iterable

from reconciler.cli.out import Out, error_lines
from reconciler.cli.verbs.verdict import say_findings, verdict
from reconciler.cli.verbs.wait import running
from reconciler.cli.verbs.workspace import Workspace
from reconciler.core.address import Address
from reconciler.core.plan import Action, Severity
from reconciler.core.state import State
from reconciler.errors import ExitCode
from reconciler.events import Done, Doubtful, Failed
from reconciler.render.events_text import Tally
from reconciler.round import Journal, Round
from reconciler.text import visible


def conclude(
    workspace: Workspace,
    found: Round,
    journal: Journal,
    tally: Tally,
    *,
    took: float,
    stopped: bool,
    late: bool,
) -> ExitCode:
    """Say how it went; the exit code that follows."""
    out, state = workspace.settings.out, journal.state
    busy = running(state)
    is_idle = not (tally.done or tally.failed or tally.doubtful or tally.skipped)
    code = _exit(found, tally, busy, stopped=stopped, late=late)
    if out.is_json:
        out.line({"type": "end", "exit_code": int(code), **counts(tally, busy)})
        return code
    if not is_idle:
        suffix = _suffix(tally, state, stopped=stopped, late=late)
        out.keep(tally.summary(busy, spell(took)) + suffix, *_models(tally, state))
        say_findings(out, [f for f in found.plan.findings if f.severity is Severity.FAILED])
    _say_errors(out, tally)
    if not workspace.settings.is_ci:
        out.say(*_next(tally, busy, code, state))
    return code


def spell(seconds: float) -> str:
    """`9m 41s`, `1h 05m`, `3.2s`."""
    if seconds < 60:  # noqa: PLR2004  # a minute
        return f"{seconds:.1f}s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h {minutes:02}m" if hours else f"{minutes}m {rest:02}s"


def counts(tally: Tally, busy: Iterable[Address]) -> dict[str, int]:
    """The summary as numbers."""
    return {
        "done": sum(1 for event in tally.done if event.change.follows is None),
        "failed": len(tally.failed),
        "skipped": len(tally.skipped),
        "waiting": len(tally.waiting),
        "unsettled": len(tally.doubtful),
        "running": len(set(busy)),
    }


def _exit(
    found: Round, tally: Tally, busy: Iterable[Address], *, stopped: bool, late: bool
) -> ExitCode:
    if stopped:
        return ExitCode.INTERRUPTED
    if tally.doubtful:
        return ExitCode.UNSETTLED
    if tally.failed:
        return ExitCode.FAILED
    if late and (tally.skipped or any(busy)):
        return ExitCode.DEADLINE
    return verdict(found.plan)


def _suffix(tally: Tally, state: State, *, stopped: bool, late: bool) -> str:
    if stopped and not tally.skipped:
        return " · stopped watching; the job goes on"
    if stopped:
        return f" · interrupted, state saved (serial {state.serial}), unlocked"
    return " · deadline reached" if late else ""


def _models(tally: Tally, state: State) -> Iterable[str]:
    """The models that this apply trained or adopted."""
    made = {e.change.address for e in tally.done if e.change.action is not Action.FORGET}
    for address in sorted(made & state.records.keys()):
        record = state.records[address]
        if model := record.facts.get("fine_tuned_model"):
            yield f"  {address}  {visible(record.status)}  {visible(str(model))}"


def _say_errors(out: Out, tally: Tally) -> None:
    events: list[Failed | Doubtful] = [*tally.failed, *tally.doubtful]
    for event in events:
        out.say(*error_lines(event.error, prefix=f"{event.change.address}: "))


def _next(tally: Tally, busy: Iterable[Address], code: ExitCode, state: State) -> Iterable[str]:
    if code in (ExitCode.INTERRUPTED, ExitCode.DEADLINE):
        yield "next: the same command   (goes on from here; nothing is paid twice)"
    elif list(busy):
        yield "next: reconciler apply --wait, or reconciler status"
    elif model := _trained(tally.done, state):
        yield f'next: reconciler chat {model} "…"'


def _trained(done: Iterable[Done], state: State) -> Address | None:
    made = (event.change.address for event in done if event.change.address.kind == "jobs")
    trained = (a for a in made if a in state.records)
    return next((a for a in trained if state.records[a].facts.get("fine_tuned_model")), None)
