"""A fine-tuning job as a value: what was asked, what time did to it, what training found."""

import json
from typing import Any, Self

from msgspec import Struct, to_builtins
from msgspec.structs import replace

from reconciler.sandbox import hyperparameters
from reconciler.sandbox.catalog import SUPERVISED
from reconciler.sandbox.identity import ORGANISATION, derived, fine_tuned_model
from reconciler.sandbox.job_request import JobSpec
from reconciler.sandbox.pace import Pace
from reconciler.sandbox.timeline import Act, Mark, Run, ended_at, status
from reconciler.sandbox.trainer import Curve, Score


class Verdict(Struct, frozen=True):
    """Why the files were refused: the parts of the job's `error`."""

    code: str
    message: str
    param: str | None


class Training(Struct, frozen=True):
    """What training found: sizes of the dataset and the losses as training strengthens."""

    examples: int
    tokens: int
    curve: Curve


class Job(Struct, frozen=True):
    """A job; `base` is the snapshot or the fine-tuned model that an alias stands for."""

    id: str
    base: str
    root: str
    spec: JobSpec
    run: Run
    verdict: Verdict | None = None
    training: Training | None = None

    def dump(self) -> str:
        """The job as JSON text, for the store."""
        return json.dumps(to_builtins(self), separators=(",", ":"))

    @classmethod
    def load(cls, text: str) -> Self:
        """The job that `dump` wrote."""
        raw = json.loads(text)
        raw["spec"]["integrations"] = tuple(raw["spec"]["integrations"])
        return cls(
            raw["id"],
            raw["base"],
            raw["root"],
            JobSpec(**raw["spec"]),
            _load_run(raw["run"]),
            Verdict(**raw["verdict"]) if raw["verdict"] else None,
            _load_training(raw["training"]) if raw["training"] else None,
        )

    @property
    def model(self) -> str:
        """The name of the model that the job makes when it succeeds."""
        return fine_tuned_model(self.root, self.spec.suffix, self.id)

    @property
    def result_file(self) -> str:
        """The id of the file of metrics that the job makes when it succeeds."""
        return derived("file-", self.id, "result", length=22)

    @property
    def settings(self) -> dict[str, Any]:
        """The hyperparameters: as asked until training starts, then numbers."""
        if self.training is None:
            return self.spec.settings
        return hyperparameters.resolve(self.spec.settings, self.training.examples)

    @property
    def trained_tokens(self) -> int:
        """Tokens of the dataset times epochs; 0 before training starts."""
        if self.training is None:
            return 0
        return int(self.training.tokens * self.settings["n_epochs"])


def _load_run(raw: dict[str, Any]) -> Run:
    history = tuple(Mark(**mark) for mark in raw["history"])
    return Run(**raw | {"pace": Pace(**raw["pace"]), "history": history})


def _load_training(raw: dict[str, Any]) -> Training:
    scores = {
        name: tuple(Score(**score) for score in raw["curve"][name]) for name in ("train", "valid")
    }
    return Training(raw["examples"], raw["tokens"], Curve(**scores))


def reject(job: Job, verdict: Verdict) -> Job:
    """The job after its files were refused."""
    return replace(job, verdict=verdict, run=replace(job.run, rejected=True))


def mark(job: Job, act: Act, now: float) -> Job:
    """The job after someone paused, resumed or cancelled it."""
    return replace(job, run=replace(job.run, history=(*job.run.history, Mark(now, act))))


def render(job: Job, now: float) -> str:
    """The job object of the API at a time, as JSON text."""
    phase = status(job.run, now)
    ended = ended_at(job.run)
    done = phase == "succeeded"
    settings = job.settings
    is_over = done or phase == "cancelled"
    body = {
        "object": "fine_tuning.job",
        "id": job.id,
        "model": job.base if phase != "validating_files" else job.spec.model,
        "created_at": int(job.run.created),
        "finished_at": int(ended) if ended and is_over else None,
        "fine_tuned_model": job.model if done else None,
        "organization_id": f"org-{ORGANISATION}",
        "result_files": [job.result_file] if done else [],
        "status": phase,
        "validation_file": job.spec.validation_file,
        "training_file": job.spec.training_file,
        "hyperparameters": settings if job.spec.kind == SUPERVISED else {},
        "trained_tokens": job.trained_tokens if done else None,
        "error": to_builtins(job.verdict) if phase == "failed" and job.verdict else None,
        "user_provided_suffix": job.spec.suffix,
        "seed": job.spec.seed,
        "estimated_finish": int(ended) if ended and phase == "running" else None,
        "integrations": [_integration(job, each) for each in job.spec.integrations],
        "metadata": job.spec.metadata,
        "usage_metrics": None,
        "shared_with_openai": False,
        "eval_id": None,
        "method": _method(job, settings),
    }
    return json.dumps(body, separators=(",", ":"))


def _integration(job: Job, asked: dict[str, Any]) -> dict[str, Any]:
    # The real API keeps the project and the entity alone.
    return {"type": asked["type"], "wandb": asked["wandb"] | {"name": None, "run_id": job.id}}


def _method(job: Job, settings: dict[str, Any]) -> dict[str, Any]:
    kind = job.spec.kind
    return {"type": kind, kind: job.spec.method[kind] | {"hyperparameters": settings}}
