"""A plan as people read it in a terminal or a log; a pipe gets the same words."""

from collections.abc import Iterator, Sequence

from reconciler.core.made import step_of
from reconciler.core.plan import Action, Change, Detail, Finding, Plan, Severity
from reconciler.render.glyphs import glyph, paint
from reconciler.render.layout import cells
from reconciler.render.money import cure_of, in_all, price_of, workings
from reconciler.render.parts import part_lines
from reconciler.text import visible

WIDTH = 90
"""Columns of a plan, at the most by wording; a narrower terminal has less."""

_LAST = {Severity.NOTE: 0, Severity.WARNING: 1}
"""What is no error, in the order in which it is said."""

ALWAYS = (Action.CREATE, Action.REPLACE, Action.DELETE)
"""Counted in the summary even when 0."""


def plan_lines(plan: Plan, *, simulated: bool, columns: int = WIDTH) -> Iterator[str]:
    """Drift, the changes with their details, and the summary."""
    yield from _drift(plan)
    changes = shown(plan)
    pad = max((len(str(change.address)) for change in changes), default=0)
    words = max((len(change.action.word) for change in changes), default=0)
    for change in changes:
        line, price = _change_line(change, pad, words), price_of(change, simulated=simulated)
        room = min(columns, WIDTH) - cells(line) - 2
        yield f"{line}  {price:>{max(room, 0)}}" if price else line
        yield from _detail_lines(change.details)
    if changes:
        yield ""
    yield summary(plan, simulated=simulated)
    rows = workings(plan, simulated=simulated)
    pad = max((len(label) for label, _ in rows), default=0)
    yield from (f"  {label:<{pad}}  {words}" for label, words in rows)
    if plan.kept:
        them = "them" if len(plan.kept) > 1 else "it"
        yield f"  kept: {_models(plan.kept)} (delete {them} too: --models)"


def _models(names: Sequence[str]) -> str:
    """`2 models and 6 checkpoints`: what a run saved on the way is no model of its own."""
    saved = sum(step_of(name) is not None for name in names)
    counts = {"model": len(names) - saved, "checkpoint": saved}
    told = [f"{count} {noun}{'s' * (count > 1)}" for noun, count in counts.items() if count]
    return " and ".join(told)


def summary(plan: Plan, *, simulated: bool) -> str:
    """One line, made for grep."""
    if plan.is_empty:
        return "Plan: nothing to do" + _in_sync(plan)
    counts = [_count(plan, action) for action in Action if action in ALWAYS or plan.count(action)]
    return f"Plan: {', '.join(counts)} · {in_all(plan.cost, simulated=simulated)}"


def _count(plan: Plan, action: Action) -> str:
    word = {"waiting": "waiting"}.get(action.word, f"to {action.word}")
    return f"{plan.count(action)} {word}"


def _in_sync(plan: Plan) -> str:
    parts = [
        f"{number} {kind if number != 1 else kind.removesuffix('s')}"
        for kind, number in sorted(plan.in_sync.items())
        if number
    ]
    running = sum(plan.running.values())
    failed = sum(1 for finding in plan.of(Severity.FAILED) if finding.address.kind == "jobs")
    text = f"{', '.join(parts)} in sync" if parts else ""
    if running:
        text += f" ({running} running)"
    if failed:
        text += f"{', ' if text else ''}{failed} job{'s' * (failed > 1)} failed"
    return f" · {text}" if text else ""


def shown(plan: Plan) -> list[Change]:
    """What has a line of its own: a delete that is the tail of a replace has none."""
    return [c for c in plan.changes if c.follows is None or c.action is not Action.DELETE]


def _change_line(change: Change, pad: int, words: int) -> str:
    word = change.action.word
    head = f"  {paint(glyph(change.action), word)} {change.address!s:<{pad}}  "
    return f"{head}{paint(f'{word:<{words}}', word)}  {visible(change.reason)}"


def _detail_lines(details: tuple[Detail, ...]) -> Iterator[str]:
    pad = max((len(detail.label) for detail in details), default=0)
    for detail in details:
        change = " → ".join(visible(part) for part in (detail.before, detail.after) if part)
        parts = [part for part in (change, visible(detail.remark)) if part]
        yield f"      {visible(detail.label):<{pad}}  {'  '.join(parts)}"


def _drift(plan: Plan) -> Iterator[str]:
    if not plan.drift:
        return
    pad = max(len(str(item.address)) for item in plan.drift)
    yield "Changed outside since the last apply"
    for item in plan.drift:
        yield f"  {paint('≠', 'drift')} {item.address!s:<{pad}}  {visible(item.words)}"
    yield ""


def findings_lines(findings: Sequence[Finding], *, simulated: bool) -> Iterator[str]:
    """Notes and warnings first, then what decides the exit code."""
    for finding in sorted(findings, key=lambda f: _LAST.get(f.severity, len(_LAST))):
        yield from finding_lines(finding, simulated=simulated)


def finding_lines(finding: Finding, *, simulated: bool) -> Iterator[str]:
    """A finding with its four parts, as an error has them."""
    word = finding.severity.value if finding.severity in _LAST else "error"
    yield f"{paint(word + ':', word)} {visible(finding.what)}"
    yield from part_lines(finding.where, finding.why, cure_of(finding, simulated=simulated))
