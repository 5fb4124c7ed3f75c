"""By which losses aliases choose, and which jobs do not measure them."""

from collections.abc import Iterator

from reconciler.core.losses import TRAIN
from reconciler.errors import Problem
from reconciler.kinds import BY_NAME
from reconciler.kinds.job_spec import JobSpec
from reconciler.kinds.model_spec import ModelSpec, metric_of
from reconciler.manifest import Manifest
from reconciler.manifest.resolve import references_of


def check_choices(manifest: Manifest) -> Iterator[Problem]:
    """Each alias that chooses by what one of its jobs does not measure."""
    for name, spec in manifest.entries["models"].items():
        if isinstance(spec, ModelSpec) and not spec.pin:
            for key, best in (("select", spec.select), ("checkpoint", spec.checkpoint)):
                if best and metric_of(best) != TRAIN and (job := _unmeasured(manifest, spec)):
                    yield _no_such_loss(manifest, name, key, metric_of(best), job)


def _unmeasured(manifest: Manifest, spec: ModelSpec) -> str:
    """The first of its jobs without validation data; empty where all have them."""
    for _, ref in references_of(manifest, BY_NAME["models"], spec):
        job = manifest.entries["jobs"].get(ref.name)
        if isinstance(job, JobSpec) and not job.validation_file:
            return str(ref)
    return ""


def _no_such_loss(manifest: Manifest, name: str, key: str, metric: str, job: str) -> Problem:
    return Problem(
        f"models.{name} chooses by {metric}, and {job} does not measure it",
        "no-such-loss",
        manifest.mark("models", name, key),
        why="without a validation_file there is no validation loss; it would be known too late",
        cure=f"add a validation_file to {job}, or write {key}: best(train_loss)",
    )
