"""What is known about the datasets of a store: facts, losses and replies, each read once."""

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from msgspec import to_builtins

from reconciler.sandbox import file_rows
from reconciler.sandbox.billing import measure_of
from reconciler.sandbox.catalog import BY_NAME
from reconciler.sandbox.examples import assistant_texts
from reconciler.sandbox.file_rows import File
from reconciler.sandbox.job import Job, Training, Verdict
from reconciler.sandbox.neighbours import Memory
from reconciler.sandbox.store import Store
from reconciler.sandbox.timeline import moment
from reconciler.sandbox.trainer import Corpus, Curve, corpus, learn
from reconciler.sandbox.validation import MIN_EXAMPLES, Facts, examine

_USES = {"training_file": "training", "validation_file": "validation"}


class Learner:
    """Reads the datasets of a store. A file never changes, so whatever was read is kept."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._corpus = lru_cache(16)(self._read_corpus)
        self._curve = lru_cache(64)(self._read_curve)
        self.memory = lru_cache(8)(self._read_memory)

    def judge(self, job: Job) -> Verdict | None:
        """Why the files of a job are refused; None when they are fit."""
        for param in _USES:
            file_id = getattr(job.spec, param)
            if file_id is not None and (verdict := self._judge_file(job, param, file_id)):
                return verdict
        return None

    def _judge_file(self, job: Job, param: str, file_id: str) -> Verdict | None:
        use, code = _USES[param], f"invalid_{param}"
        file = file_rows.find(self._store, file_id, or_deleted=True)
        if file is None or _was_gone(job, file):
            return Verdict(code, f"The {use} file {file_id} no longer exists.", param)
        facts = self.facts(file, job)
        if facts.code:
            cause = f"a file format error in the {use} file"
            return Verdict(facts.code, f"The job failed due to {cause}. {facts.problem}", param)
        if facts.problem:
            cause = f"an invalid {use} file"
            return Verdict(code, f"The job failed due to {cause}. {facts.problem}", param)
        if param == "training_file" and facts.examples < MIN_EXAMPLES:
            message = f"Training file has {facts.examples} example(s), but must have at least"
            return Verdict("invalid_n_examples", f"{message} {MIN_EXAMPLES} examples", param)
        return None

    def facts(self, file: File, job: Job) -> Facts:
        """What one reading of a file found, for the method and the base model of a job."""
        base = BY_NAME[job.root]
        completions = base.speaks == "completion"
        use = f"{job.spec.kind}/{base.encoding}{'/completions' if completions else ''}"
        query = "SELECT record FROM facts WHERE file_id = ? AND method = ?"
        if row := self._store.one(query, file.id, use):
            return Facts(**json.loads(row[0]))
        lines = file_rows.lines(self._store, file)
        measure = measure_of(base.encoding)
        facts = examine(lines, job.spec.kind, file.id, measure, completions=completions)
        with self._store.writing() as db:
            record = json.dumps(to_builtins(facts))
            db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?, ?)", (file.id, use, record))
        return facts

    def train(self, job: Job) -> Training:
        """Train a job whose files were found fit."""
        file = file_rows.find(self._store, job.spec.training_file, or_deleted=True)
        if file is None:
            raise LookupError(f"{job.id} was found fit without {job.spec.training_file}")
        facts = self.facts(file, job)
        curve = self._curve(job.spec.training_file, job.spec.validation_file)
        return Training(facts.examples, facts.tokens, curve)

    def _read_curve(self, training_file: str, validation_file: str | None) -> Curve:
        valid = self._corpus(validation_file) if validation_file else None
        return learn(self._corpus(training_file), valid)

    def _read_corpus(self, file_id: str) -> Corpus:
        return corpus(text for each in self._examples(file_id) for text in assistant_texts(each))

    def _read_memory(self, file_id: str) -> Memory:
        return Memory(self._examples(file_id))

    def _examples(self, file_id: str) -> Iterator[dict[str, Any]]:
        file = file_rows.find(self._store, file_id, or_deleted=True)
        if file is not None:
            for line in file_rows.lines(self._store, file):
                yield json.loads(line)


def _was_gone(job: Job, file: File) -> bool:
    """Whether a file was deleted before the job had checked it."""
    checked = moment(job.run, job.run.validated)
    return file.deleted_at is not None and checked is not None and file.deleted_at < checked
