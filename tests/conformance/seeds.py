"""A simulator with something in it, and a specification that knows what: else all is a 404."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3

from reconciler.sandbox.embedded import embed
from reconciler.sandbox.pace import INSTANT, Pace
from tests.conformance.description import EVENTS, Document

ENDLESS = Pace(0.0, 0.0, 1e9)
"""Jobs of this pace run for as long as any test."""

_COPIES = 6
_MODEL = "gpt-4.1-nano-2025-04-14"
_LINE = '{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}\n'
_UPLOAD = {"filename": "a.jsonl", "bytes": 9, "purpose": "fine-tune", "mime_type": "text/jsonl"}


@dataclass(frozen=True, slots=True)
class Seeds:
    """Ids by the name that requests have for them; `spare` is what may be deleted or cancelled."""

    kept: Mapping[str, list[str]]
    spare: Mapping[str, list[str]]


@contextmanager
def seeded(store: Path) -> Iterator[tuple[str, Seeds]]:
    """The base URL of a simulator with files, jobs, models and uploads, and their ids."""
    with embed(store, pace=INSTANT) as server:
        done = [_plant(server.base_url) for _ in range(2)]
    with embed(store, pace=ENDLESS) as server:
        active = [_plant(server.base_url) for _ in range(2)]
        kept, spare = (_gather(*pair) for pair in zip(done, active, strict=True))
        yield server.base_url, Seeds(kept | {"model": [*kept["model"], _MODEL]}, spare)


def _plant(base_url: str) -> dict[str, list[str]]:
    """Some files, jobs and uploads, and the models that the jobs made."""
    with urllib3.PoolManager(headers={"authorization": "Bearer test"}) as pool:

        def send(method: str, path: str, **more: Any) -> Any:
            answer = pool.request(method, base_url + path, **more)
            assert answer.status == 200, answer.data
            return answer.json()

        form = {"purpose": "fine-tune", "file": ("train.jsonl", _LINE * 12)}
        files = [send("POST", "/files", fields=form)["id"] for _ in range(_COPIES)]
        body = {"model": _MODEL, "metadata": {"a": "b"}}
        jobs = [
            send("POST", "/fine_tuning/jobs", json=body | {"training_file": file})["id"]
            for file in files
        ]
        shown = [send("GET", f"/fine_tuning/jobs/{job}") for job in jobs]
        return {
            "file_id": files,
            "fine_tuning_job_id": jobs,
            "model": [job["fine_tuned_model"] for job in shown if job["fine_tuned_model"]],
            "upload_id": [send("POST", "/uploads", json=_UPLOAD)["id"] for _ in files],
        }


def _gather(*planted: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {name: [id_ for each in planted for id_ in each[name]] for name in planted[0]}


def point_at(spec: Document, seeds: Seeds) -> Document:
    """The specification with the ids of the seeds beside whatever else its ids may be.

    What it says of streams is left out: it types the data of an event, the tool the whole event.
    """
    copy: Document = json.loads(json.dumps(spec))
    for path, operations in copy["paths"].items():
        for method, operation in operations.items():
            operation["responses"]["200"]["content"].get(EVENTS, {}).pop("schema", None)
            is_harmful = method == "delete" or path.endswith(("/cancel", "/complete"))
            ids = seeds.spare if is_harmful else seeds.kept
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "path":
                    _offer(parameter, "schema", ids[parameter["name"]])
    for name, schema in copy["components"]["schemas"].items():
        if name.endswith("Request"):
            _offer_members(schema, seeds.kept)
    return copy


def _offer_members(schema: Document, ids: Mapping[str, list[str]]) -> None:
    for part in (schema, *schema.get("allOf", [])):
        members = part.get("properties", {})
        for member, kind in {"training_file": "file_id", "validation_file": "file_id"}.items():
            if member in members:
                _offer(members, member, ids[kind])
        if "model" in members:
            _offer(members, "model", ids["model"])


def _offer(holder: Document, name: str, ids: list[str]) -> None:
    holder[name] = {"anyOf": [{"type": "string", "enum": ids}, holder[name]]}
