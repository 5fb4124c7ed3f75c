"""A plan as one JSON document."""

from collections.abc import Iterable, Mapping

from reconciler.core.plan import Change, Drift, Failure, Finding, Plan
from reconciler.core.settle import Settlement
from reconciler.render.cost_json import budget_document, cost_document, total_document
from reconciler.render.plan_shape import (
    FORMAT_VERSION,
    ChangeDocument,
    DetailDocument,
    DriftDocument,
    FailureDocument,
    FindingDocument,
    PlanDocument,
    SettlementDocument,
    WarnedDocument,
)

NOT_WARNED: Mapping[str, int] = {}


def plan_document(
    plan: Plan,
    *,
    owner: str,
    endpoint: str,
    serial: int,
    digest: str,
    settlements: Iterable[Settlement] = (),
    refusals: Iterable[Finding] = (),
    warned: Mapping[str, int] = NOT_WARNED,
) -> PlanDocument:
    """Everything that the text says, as values; `warned`: file → how many warnings of its data."""
    document = PlanDocument(
        format_version=FORMAT_VERSION,
        owner=owner,
        endpoint=endpoint,
        serial=serial,
        digest=digest,
        drift=[drift_document(item) for item in plan.drift],
        changes=[change_document(change) for change in plan.changes],
        findings=[finding_document(finding) for finding in plan.findings],
        settled=[settlement_document(item) for item in settlements],
        in_sync=dict(plan.in_sync),
        running=dict(plan.running),
        refusals=[finding_document(finding) for finding in refusals],
        cost=total_document(plan.cost),
        budget=budget_document(plan.budget, plan.spent),
        data_warnings=[WarnedDocument(file=file, count=n) for file, n in sorted(warned.items())],
    )
    if plan.kept:
        document["kept_models"] = list(plan.kept)
    return document


def change_document(change: Change) -> ChangeDocument:
    """One change."""
    document = ChangeDocument(
        address=str(change.address),
        action=change.action.word,
        difference=change.difference.value,
        reason=change.reason,
        awaits=change.awaits.word if change.awaits else None,
        id=change.id or None,
        attempt=str(change.attempt) if change.action.makes else None,
        follows=None if change.leads or not change.follows else str(change.follows),
        moved_from=str(change.moved_from) if change.moved_from else None,
        cost=cost_document(change.cost) if change.cost else None,
        details=[
            DetailDocument(
                label=detail.label,
                before=detail.before,
                after=detail.after,
                note=detail.note,
                forces_training=detail.forces,
            )
            for detail in change.details
        ],
    )
    if change.leads:
        document["precedes"] = str(change.follows)
    return document


def drift_document(item: Drift) -> DriftDocument:
    """What changed outside: observed against recorded."""
    return DriftDocument(
        address=str(item.address),
        id=item.id,
        how=item.how.value,
        what=item.what,
        before=item.before or None,
        after=item.after or None,
        note=item.note,
    )


def finding_document(finding: Finding) -> FindingDocument:
    """One finding, with its four parts; of a standing failure what programs ask about it."""
    document = FindingDocument(
        severity=finding.severity.value,
        address=str(finding.address),
        what=finding.what,
        where=finding.where,
        why=finding.why,
        cure=finding.cure,
    )
    if finding.failure:
        document["failure"] = failure_document(finding.failure)
    return document


def failure_document(failure: Failure) -> FailureDocument:
    """How a run failed, as values."""
    return FailureDocument(
        code=failure.code or None,
        param=failure.param or None,
        file=failure.file or None,
        line=failure.line or None,
        cost=cost_document(failure.cost) if failure.cost else None,
    )


def settlement_document(item: Settlement) -> SettlementDocument:
    """What was found out about a create of an earlier run."""
    return SettlementDocument(
        address=str(item.intent.address),
        op=item.intent.op,
        settled=item.entry is not None,
        id=item.found.id if item.found else None,
    )
