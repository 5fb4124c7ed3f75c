"""Calls of the API client, by nature: what one fault does to one of a kind it does to all."""

import hashlib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reconciler.api import Api, Upload


@dataclass(frozen=True)
class Verb:
    """A call, and the column of the fault table that it belongs to."""

    column: str
    run: Callable[[Api], object]


def create_job(api: Api) -> object:
    """A create that is paid."""
    with api.dial() as line:
        return line.create_job({"model": "m", "training_file": "file-1"}, op="op-1")


def create_file(api: Api) -> object:
    """A create with a body in several blocks."""
    with api.dial() as line:
        return line.create_file(upload(b"{}\n" * 10), op="op-1")


def upload(content: bytes) -> Upload:
    """An upload of exactly `content`."""
    digest = hashlib.sha256(content).hexdigest()
    source = io.BytesIO(content)
    return Upload(source, "data/a.jsonl", "p.a.jsonl", "fine-tune", len(content), digest)


VERBS: Mapping[str, Verb] = {
    "create a job": Verb("create", create_job),
    "cancel a job": Verb("act", lambda api: api.cancel_job("ftjob-1")),
    "retrieve a job": Verb("get", lambda api: api.retrieve_job("ftjob-1")),
    "validate a grader": Verb("ask", lambda api: api.validate_grader({"type": "string_check"})),
    "list models": Verb("list", lambda api: api.list_models()),
    "walk jobs": Verb("walk", lambda api: [*api.walk_jobs()]),
    "delete a file": Verb("delete", lambda api: api.delete_file("file-1")),
    "upload a file": Verb("create", create_file),
    "pause a job": Verb("act", lambda api: api.pause_job("ftjob-1")),
    "resume a job": Verb("act", lambda api: api.resume_job("ftjob-1")),
    "cancel an upload": Verb("act", lambda api: api.cancel_upload("upload_1")),
    "retrieve a file": Verb("get", lambda api: api.retrieve_file("file-1")),
    "retrieve a model": Verb("get", lambda api: api.retrieve_model("ft:m:acme::1")),
    "list the newest jobs": Verb("list", lambda api: api.newest_jobs(5)),
    "list the newest files": Verb("list", lambda api: api.newest_files(5)),
    "list events": Verb("list", lambda api: api.job_events("ftjob-1")),
    "walk files": Verb("walk", lambda api: [*api.walk_files()]),
    "delete a model": Verb("delete", lambda api: api.delete_model("ft:m:acme::1")),
}
"""The first of each nature come first: they are what a quick look tries."""
