"""Valid inputs of everything that reads what others wrote: what the fuzzer makes wrong."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reconciler.core.address import Address
from reconciler.core.grant import Grant, Verb
from reconciler.core.resource import Attempt, Retry
from reconciler.core.saved_plan import SavedPlan, encode_plan
from reconciler.core.scope import Scope
from reconciler.core.wish import Wish
from tests.support.cli import MODEL, dataset
from tests.support.job_specs import dataset as of_method

ROOT = Path(__file__).parents[2]
BODY = dataset(12).encode()
DIGEST = hashlib.sha256(BODY).hexdigest()
FINGERPRINT = "v1:5cec771fa7b4a81f85beacba002a2c052f3fd6afc1f37fb32b4c3f29a95973c8"
"""Of the job below, as the last manifest declares it."""
MARKS = {"owner": "demo", "address": "jobs.bot", "fingerprint": FINGERPRINT, "attempt": "1.1",
         "op": "o-1", "data": DIGEST[:32]}  # fmt: skip

FILE: dict[str, Any] = {
    "id": "file-1", "object": "file", "bytes": len(BODY), "created_at": 1_764_000_000,
    "filename": f"demo.train.{DIGEST[:32]}.jsonl", "purpose": "fine-tune", "status": "processed",
    "expires_at": None, "status_details": None,
}  # fmt: skip
OPTIONS = {"n_epochs": 3, "batch_size": "auto", "learning_rate_multiplier": 1.8}
JOB: dict[str, Any] = {
    "id": "ftjob-1", "object": "fine_tuning.job", "created_at": 1_764_000_009, "model": MODEL,
    "status": "succeeded", "fine_tuned_model": "ft:gpt-4.1-mini-2025-04-14:acme:a:9fQ2aB7c",
    "finished_at": 1_764_000_999, "organization_id": "org-1", "trained_tokens": 5768, "seed": 7,
    "training_file": "file-1", "validation_file": None, "result_files": ["file-2"],
    "hyperparameters": OPTIONS, "error": {}, "user_provided_suffix": None,
    "method": {"type": "supervised", "supervised": {"hyperparameters": OPTIONS}},
    "estimated_finish": None, "integrations": [],
    "metadata": {f"reconciler_{name}": text for name, text in MARKS.items()},
}  # fmt: skip
FAILED = JOB | {
    "status": "failed", "fine_tuned_model": None,
    "error": {"code": "server_error", "param": "training_file", "message": "It broke."},
}  # fmt: skip
MODELS = [JOB["fine_tuned_model"], MODEL]
EVENTS: list[dict[str, Any]] = [
    {"id": f"e-{step}", "object": "fine_tuning.job.event", "created_at": 1_764_000_010 + step,
     "level": "info", "type": "metrics", "message": f"Step {step}/36: training loss=0.5",
     "data": {"step": step, "total_steps": 36, "train_loss": 0.5, "full_valid_loss": None}}
    for step in (3, 2, 1)
]  # fmt: skip
CHECKPOINT = {
    "id": "ftckpt-1", "object": "fine_tuning.job.checkpoint", "created_at": 1_764_000_100,
    "fine_tuned_model_checkpoint": f"{MODELS[0]}:ckpt-step-12", "fine_tuning_job_id": "ftjob-1",
    "metrics": {"step": 12.0, "train_loss": 0.5, "full_valid_loss": 0.6}, "step_number": 12,
}  # fmt: skip
CHOICE = {"index": 0, "message": {"role": "assistant", "content": "Hi."}, "finish_reason": "stop"}
DELTA = {"index": 0, "delta": {"content": "Hi."}, "finish_reason": None}
USAGE = {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}


def page(*items: Mapping[str, Any], has_more: bool = False) -> dict[str, Any]:
    """A page of a list."""
    return {"object": "list", "data": list(items), "has_more": has_more}


ANSWERS: Mapping[str, list[Any]] = {
    "file": [FILE],
    "job": [JOB, FAILED, JOB | {"status": "running", "fine_tuned_model": None}],
    "model": [{"id": MODELS[0], "object": "model", "created": 1, "owned_by": "acme"}],
    "upload": [{"id": "upload_1", "object": "upload", "status": "pending", "file": FILE}],
    "files": [page(FILE, FILE | {"id": "file-2", "filename": "x.jsonl"}), page()],
    "jobs": [page(JOB, FAILED | {"id": "ftjob-2"}), page(JOB, has_more=True)],
    "models": [page(*({"id": name, "object": "model"} for name in MODELS))],
    "events": [page(*EVENTS)],
    "checkpoints": [page(CHECKPOINT)],
    "chat": [{"id": "c-1", "model": MODEL, "choices": [CHOICE], "usage": USAGE}],
    "chunk": [{"id": "c-1", "model": MODEL, "choices": [DELTA], "usage": None}],
    "error": [
        {"error": {"message": "No such file: file-1", "type": "invalid_request_error",
                   "param": "training_file", "code": "not_found"}},
        {"error": {"message": "You exceeded your quota", "type": "insufficient_quota"}},
    ],
}  # fmt: skip
"""What the API answers, by what it is."""

FULL = """\
version: 1
project: demo
default_env: dev
environments:
  dev: {jobs: {bot: {seed: 8}}}
  prod: {provider: {kind: compatible, base_url: "http://127.0.0.1:9/v1"}, files: {old: null}}
include: [teams/*.yaml]
vars: {stage: "${env:RECONCILER_VAR_STAGE:-dev}", name: "a-${var:stage}"}
defaults: {jobs: &job {model: gpt-4.1-mini-2025-04-14, seed: 7}}
files:
  train: {path: data/train.jsonl}
  old: {path: data/train.jsonl, purpose: batch, expires_after: {anchor: created_at, seconds: 3600}}
jobs:
  bot:
    <<: *job
    training_file: train
    suffix: "${var:name}"
    metadata: {team: 'a b', "quoted\\n": "\\x41\\u00e9"}
    retry: {max: 1, on: [server_error]}
  next: {model: jobs.bot, training_file: train, generation: 2, protect: true, paused: true}
  sweep:
    training_file: train
    matrix: {n_epochs: [2, 4], learning_rate_multiplier: [0.5, 1.0]}
  graded:
    model: o4-mini-2025-04-16
    training_file: train
    method:
      type: reinforcement
      reinforcement:
        grader:
          {type: string_check, name: g, operation: eq, input: "{{item.answer}}", reference: a}
    integrations: [{type: wandb, wandb: {project: p, tags: [a]}}]
    extra: {trainingType: GlobalStandard}
moved: [{from: jobs.older, to: jobs.bot}]
removed: [{address: files.gone, keep: true}]
import: [{to: files.train, id: file-abc}]
"""

SMALL = f"""\
project: demo
provider: {{kind: compatible, base_url: "http://127.0.0.1:9/v1"}}
files:
  train: {{path: data/train.jsonl}}
jobs:
  bot: {{model: {MODEL}, training_file: train, seed: 7}}
"""

QUICKSTART = (ROOT / "examples/quickstart/reconciler.yaml").read_text("utf-8")
MANIFESTS = (FULL, QUICKSTART, SMALL)

OTHERS = b'{"prompt": "a", "completion": "b"}\n\n{"input": {}}\n'
METHODS = ("supervised", "dpo", "reinforcement")
ROWS = [*(of_method(method, 12) for method in METHODS), dataset(3).encode() + OTHERS]

PLACE = ("http://127.0.0.1:9/v1", "", "")
BOT, TRAIN = Address("jobs", "bot"), Address("files", "train")
GRANTS = (
    Grant(Verb.PAY, BOT, "v1:c0", Attempt(2, 1), Retry(1, ("server_error",))),
    Grant(Verb.RETIRE, TRAIN, "v1:aa", heir="v1:bb"),
)
DECLARED = {BOT: (FINGERPRINT, 1), TRAIN: (f"v1:{DIGEST[:32]}:fine-tune:{len(BODY)}", 1)}
SCOPE = Scope(targets=("jobs.*",), keeps_all=True)
WISH = Wish(replaced=("jobs.bot",))
PLAN = encode_plan(SavedPlan("demo", PLACE, "l-1", 7, DECLARED, tuple(sorted(GRANTS)), SCOPE, WISH))

HOLDER = (
    b'{"epoch": 9, "holder": {"id": "7c1e04", "who": "ci", "host": "runner-12", "pid": 4411,'
    b' "operation": "apply", "since": "2026-11-20T14:02:07+00:00", "run_url": "https://ci/88"}}'
)


def answers(kind: str) -> list[bytes]:
    """The samples of an answer as bytes."""
    return [json.dumps(value).encode() for value in ANSWERS[kind]]


def stored(what: str) -> dict[str, list[bytes]]:
    """States (`json`) or their journals (`journal`), of every format that there was, by format."""
    found = (ROOT / "tests/unit/states").glob(f"*.{what}")
    return {path.stem: [path.read_bytes()] for path in sorted(found)}
