"""Lineage as one JSON document."""

from collections.abc import Iterator

from reconciler.core.lineage import Answer, Data, Lineage, Made, Training, Use
from reconciler.core.losses import METRICS, Losses
from reconciler.render.cost_json import cost_document
from reconciler.render.lineage_shape import (
    DataDocument,
    JobDocument,
    LineageDocument,
    LossDocument,
    LossesDocument,
    MadeDocument,
    ModelDocument,
    UseDocument,
)


def lineage_document(answer: Answer, *, owner: str, endpoint: str) -> LineageDocument:
    """All that the text says, as values, and digests in full."""
    return LineageDocument(
        format_version=1,
        owner=owner,
        endpoint=endpoint,
        target=answer.target or None,
        file=_data(answer.file) if answer.file else None,
        models=[_model(lineage) for lineage in answer.lineages],
    )


def _model(lineage: Lineage) -> ModelDocument:
    return ModelDocument(
        model=lineage.model or None,
        step=lineage.step,
        is_listed=lineage.is_listed,
        uses=[_use(use) for use in lineage.uses],
        losses=[*_losses(lineage.losses)],
        job=_job(lineage.training) if lineage.training else None,
        earlier_jobs=[*_earlier(lineage.training)],
    )


def _earlier(job: Training | None) -> Iterator[JobDocument]:
    while job and (job := job.parent):
        yield _job(job)


def _use(use: Use) -> UseDocument:
    step, checked = use.promotion, use.checked
    return UseDocument(
        alias=str(use.alias),
        is_current=use.is_current,
        is_pinned=use.is_pinned,
        at=step.at if step else None,
        who=(step.who if step else "") or None,
        commit=(step.commit if step else "") or None,
        outcome=(step.outcome if step else "") or None,
        passed=checked.passed if checked else None,
        total=checked.total if checked else None,
        reason=(step.why if step else "") or None,
        told_by=use.told_by or None,
    )


def _losses(losses: Losses) -> Iterator[LossesDocument]:
    for metric in METRICS:
        best, final = losses.best(metric), losses.final(metric)
        if best:
            lowest = LossDocument(loss=best.losses[metric], step=best.step)
            yield LossesDocument(metric=metric, final=final, best=lowest)


def _job(job: Training) -> JobDocument:
    return JobDocument(
        id=job.id,
        address=str(job.address) if job.address else None,
        status=job.status,
        attempt=job.attempt,
        fingerprint=job.fingerprint,
        base_model=job.base,
        parent=job.parent.id if job.parent else None,
        settings=dict(job.settings),
        data=[_data(data) for data in job.data],
        tokens=job.tokens,
        trained_tokens=job.trained or None,
        billed=cost_document(job.cost) if job.cost else None,
        made=_made(job.made),
        finished_at=job.finished_at,
        reason=job.reason or None,
        is_listed=job.is_listed,
        unknown=[*job.unknown],
        why_unknown=job.lost if job.unknown else None,
    )


def _data(data: Data) -> DataDocument:
    return DataDocument(
        field=data.field or None,
        file=data.file or None,
        address=str(data.address) if data.address else None,
        filename=data.name or None,
        sha256=data.sha256 or None,
        rows=data.rows,
        bytes=data.bytes,
        is_listed=data.is_listed,
        expired_at=data.expired_at,
        made=_made(data.made),
        unknown=[*data.unknown],
        why_unknown=data.lost if data.unknown else None,
    )


def _made(made: Made) -> MadeDocument:
    return MadeDocument(
        who=made.who or None, commit=made.commit or None, run_url=made.run or None, at=made.at
    )
