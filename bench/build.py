"""`python -m bench.build FOLDER SIZE OTHERS`: a manifest, its data, a store that has it all.

The store may hold so many objects of others as well: no account is one project's alone, and jobs
that have ended stay in its list for ever.

A program of its own, so that what measures stays small.
"""

import sys
import time
from pathlib import Path
from typing import Any

from bench.examples import EXAMPLES, dataset
from reconciler.cli.settings import Settings
from reconciler.cli.verbs.data import data_of
from reconciler.core.owner import Owner
from reconciler.core.resource import Attempt, Desired, Resource
from reconciler.kinds import BY_NAME
from reconciler.kinds.file import file_name
from reconciler.kinds.job import request
from reconciler.kinds.kind import Make
from reconciler.manifest import load
from reconciler.manifest.resolve import resolve
from reconciler.sandbox import file_rows, job_rows, model_rows
from reconciler.sandbox.file_rows import File
from reconciler.sandbox.job import Job, Training, render
from reconciler.sandbox.job_request import read
from reconciler.sandbox.pace import INSTANT
from reconciler.sandbox.store import Store
from reconciler.sandbox.timeline import Run
from reconciler.sandbox.trainer import Curve, Score

OWNER = Owner("bench")
MODEL = "gpt-4.1-mini-2025-04-14"
TRAINING = Training(EXAMPLES, 400, Curve((Score(1.0, 0.5),) * 10))
TRUSTED_AFTER = 2.1
"""Seconds after which the digest cache takes a file for settled."""

_HEAD = "project: bench\nprovider: {kind: compatible}\n"
_FILE = """\
  train-{n:06}:
    path: data/{folder:03}/train-{n:06}.jsonl
    purpose: fine-tune
"""
_JOB = """\
  bot-{n:06}:
    model: {model}
    training_file: train-{n:06}
    suffix: bot-{n}
    seed: {n}
    method:
      type: supervised
      supervised:
        hyperparameters:
          n_epochs: 3
          learning_rate_multiplier: 1.5
    metadata:
      team: search
"""


def build(folder: Path, pairs: int, others: int) -> None:
    """So many files and as many jobs that succeeded, each with its model; and those of others."""
    for n in range(pairs):
        path = folder / "data" / f"{n // 100:03}" / f"train-{n:06}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(dataset(n))
    manifest = folder / "reconciler.yaml"
    with manifest.open("w") as out:
        out.write(_HEAD + "files:\n")
        out.writelines(_FILE.format(n=n, folder=n // 100) for n in range(pairs))
        out.write("jobs:\n")
        out.writelines(_JOB.format(n=n, model=MODEL) for n in range(pairs))
    time.sleep(TRUSTED_AFTER)
    _fill(folder / "store.db", _desired(manifest), others)


def _desired(path: Path) -> Desired:
    manifest = load(path, {name: kind.spec for name, kind in BY_NAME.items()})
    return resolve(manifest, BY_NAME, data_of(manifest, path.parent, Settings()).contents)


def _fill(path: Path, desired: Desired, others: int) -> None:
    """Every resource as a live object with its marker, as the API would hold it."""
    now = int(time.time()) - 86_400
    files = [r for a, r in desired.resources.items() if a.kind == "files"]
    jobs = [r for a, r in desired.resources.items() if a.kind == "jobs"]
    with Store(path) as store, store.writing() as db:
        for n, resource in enumerate(files):
            size = resource.spec["bytes"]
            name = file_name(OWNER, resource)
            file_rows.add(db, File(f"file-{n:022}", now, "fine-tune", name, size))
        made = [_job(n, resource, now) for n, resource in enumerate(jobs)]
        for n in range(others):
            file_rows.add(db, File(f"file-other-{n:016}", now, "fine-tune", f"{n}.jsonl", 9_000))
            made.append(_other(n, now))
        for job in made:
            job_rows.add(db, job, render(job, now + 60))
            model_rows.add(db, job.model, job.id, now)
        db.execute("UPDATE jobs SET due_at = NULL")  # they have ended: nothing is to come


def _job(n: int, resource: Resource, now: int) -> Job:
    op = f"00000000-0000-4000-8000-{n:012}"
    ids = {"training_file": f"file-{n:022}"}
    make = Make(resource, OWNER, Attempt(), op, ids, lambda: True)
    return _ended(f"ftjob-{n:024}", request(make), now)


def _other(n: int, now: int) -> Job:
    """A job that somebody else made, by hand or with another tool."""
    body = {"model": MODEL, "training_file": f"file-other-{n:016}", "suffix": f"other-{n}"}
    return _ended(f"ftjob-other-{n:018}", body | {"metadata": {"team": "other"}}, now)


def _ended(id_: str, body: dict[str, Any], now: int) -> Job:
    return Job(id_, MODEL, MODEL, read(body, strict=True), Run(now, INSTANT), None, TRAINING)


if __name__ == "__main__":
    build(Path(sys.argv[1]), int(sys.argv[2]) // 2, int(sys.argv[3]) // 2)
