"""`reconciler status`: the declared jobs as they are now."""

from collections import Counter
from collections.abc import Mapping, Sequence

from reconciler.cli.settings import Settings
from reconciler.cli.verbs.aliases import alias_document, show_aliases
from reconciler.cli.verbs.glance import glance
from reconciler.cli.verbs.plan import heading, warn_of_holder
from reconciler.cli.verbs.results import (
    Comparison,
    compared_results,
    comparison_documents,
    show_comparison,
)
from reconciler.cli.verbs.scope import refuse_unmatched
from reconciler.cli.verbs.table import show_table
from reconciler.cli.verbs.verdict import say_findings, verdict
from reconciler.cli.verbs.watcher import Moment, glimpse
from reconciler.cli.verbs.workspace import Workspace, open_workspace
from reconciler.core.address import Address
from reconciler.core.guards import matches
from reconciler.core.plan import Action, Severity
from reconciler.core.resource import MODEL, Observed, Phase
from reconciler.render.job_rows import HEADER, job_row, told_columns
from reconciler.render.plan_json import finding_document
from reconciler.render.training import Training
from reconciler.round import Round
from reconciler.text import visible

UNMADE: Mapping[Action | None, str] = {
    Action.CREATE: "not created",
    Action.ADOPT: "not adopted",
    Action.WAITING: "waiting",
}
"""What an apply would do with a job of which nothing is recorded → how it stands now."""

SHOWN = (Severity.FAILED, Severity.UNSETTLED)


def status(settings: Settings, /, addresses: tuple[str, ...] = ()) -> int:
    """Show the declared jobs as they are now, or some of them, and how their results compare."""
    with open_workspace(settings) as workspace:
        warn_of_holder(workspace)
        found = glance(workspace)
        jobs = chosen_jobs(found, addresses)
        moment = glimpse(workspace, jobs)
        comparison = compared_results(workspace, found, jobs) if addresses else None
        show_status(workspace, found, jobs, moment, comparison)
    return verdict(found.plan)


def chosen_jobs(found: Round, patterns: tuple[str, ...]) -> Mapping[Address, Observed | None]:
    """Runs that are asked for, all unless some are, and the live job of each.

    Those that are recorded, or declared and not yet made.

    Raises:
        UsageError: a pattern matches nothing that is declared or recorded.
    """
    known = {*found.scene.desired.resources, *found.state.records}
    refuse_unmatched(patterns, known, "declared or recorded")
    records = found.state.records
    jobs = sorted(address for address in known if address.kind == "jobs")
    chosen = [address for address in jobs if not patterns or matches(address, patterns)]
    return {a: found.live.objects.get(records[a].id) if a in records else None for a in chosen}


def _lacking(found: Round, address: Address) -> str:
    """How it stands with a job of which nothing is listed."""
    if address in found.state.records:
        return "gone"
    ahead = {change.address: change.action for change in found.plan.changes}
    return UNMADE.get(ahead.get(address), "not recorded")


def show_status(
    workspace: Workspace,
    found: Round,
    jobs: Mapping[Address, Observed | None],
    moment: Moment,
    comparison: Comparison | None,
    *,
    in_line: bool = False,
) -> None:
    """The jobs as a table, or as one document, and what stands in the way.

    Args:
        in_line: as JSON it is the last line of many.
    """
    out = workspace.settings.out
    findings = [f for f in found.plan.of(*SHOWN) if comparison is None or f.address in jobs]
    if out.is_json:
        aliases = sorted(found.state.aliases.items()) if comparison is None else ()
        document = {
            "owner": str(workspace.owner),
            "jobs": _documents(jobs, moment),
            "models": [alias_document(*pair) for pair in aliases],
            "findings": [finding_document(finding) for finding in findings],
        } | ({"results": [*comparison_documents(comparison)]} if comparison else {})
        out.line({"type": "status", **document}) if in_line else out.document(document)
        return
    out.keep(heading(workspace, found))
    lacking = {a: _lacking(found, a) for a, seen in jobs.items() if seen is None}
    rows = [job_row(a, seen or lacking[a], *moment.how_far(a)) for a, seen in jobs.items()]
    if told := told_columns(rows):
        show_table(out, [HEADER[at] for at in told], [[row[at] for at in told] for row in rows])
    if comparison:
        show_comparison(workspace, comparison)
    else:
        show_aliases(out, found.state)
    out.keep(_counted([seen.status if seen else lacking[a] for a, seen in jobs.items()]))
    for status in sorted({s.status for s in jobs.values() if s and s.phase is Phase.UNKNOWN}):
        out.say(f'note: status "{visible(status)}" is not known; nothing destructive is planned')
    say_findings(out, findings, simulated=workspace.is_simulated)
    if any(seen and not seen.phase.is_terminal for seen in jobs.values()):
        out.say(f"next: {workspace.settings.beside('watch')}")
    elif set(lacking.values()) - {"gone"}:
        out.say(f"next: {workspace.settings.beside('plan')}")


def _counted(statuses: Sequence[str]) -> str:
    """`3 jobs: 2 running, 1 succeeded`."""
    counts = sorted(Counter(map(visible, statuses)).items())
    parts = ", ".join(f"{number} {status}" for status, number in counts)
    head = f"{len(statuses)} job{'s' * (len(statuses) != 1)}"
    return f"{head}: {parts}" if parts else head


def _documents(jobs: Mapping[Address, Observed | None], moment: Moment) -> list[dict[str, object]]:
    return [_document(address, seen, *moment.how_far(address)) for address, seen in jobs.items()]


def _document(
    address: Address, seen: Observed | None, training: Training, left: int | None
) -> dict[str, object]:
    return {
        "address": str(address),
        "status": seen.status if seen else None,
        "id": seen.id if seen else None,
        "fine_tuned_model": seen.facts.get(MODEL) if seen else None,
        "step": training.step,
        "steps": training.steps,
        "loss": training.losses[-1] if training.losses else None,
        "seconds_left": left,
    }
