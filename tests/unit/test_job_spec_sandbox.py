"""Any valid entry of `jobs` makes a request that the simulator of the API accepts."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import urllib3
from hypothesis import given, settings
from hypothesis import strategies as st
from urllib3.filepost import encode_multipart_formdata

from reconciler.core.address import Address
from reconciler.core.owner import Owner
from reconciler.core.resource import Attempt, Resource
from reconciler.kinds import BY_NAME
from reconciler.kinds.file import FileSpec
from reconciler.kinds.job import request
from reconciler.kinds.job_spec import JobSpec
from reconciler.kinds.kind import Content, Make
from reconciler.sandbox.embedded import embed
from reconciler.sandbox.pace import INSTANT
from reconciler.sources import LocalFile
from tests.support import job_specs

KEY = {"authorization": "Bearer test"}
FILES = (job_specs.TRAINING, job_specs.VALIDATION)


@dataclass(frozen=True)
class Endpoint:
    """A running simulator."""

    url: str
    pool: urllib3.PoolManager

    def create(self, body: Any) -> tuple[int, Any]:
        """Ask for a job; the status and the JSON of the answer."""
        answer = self.pool.request("POST", f"{self.url}/fine_tuning/jobs", json=body)
        return answer.status, answer.json()

    def job(self, id_: str) -> Any:
        """A job as it is now."""
        return self.pool.request("GET", f"{self.url}/fine_tuning/jobs/{id_}").json()

    def upload(self, method: str) -> dict[str, str]:
        """Name → id of new files that fit a method."""
        return {name: self._upload(job_specs.dataset(method, thing=name)) for name in FILES}

    def _upload(self, data: bytes) -> str:
        form = encode_multipart_formdata({"purpose": "fine-tune", "file": ("data.jsonl", data)})
        headers = {**KEY, "content-type": form[1]}
        answer = self.pool.request("POST", f"{self.url}/files", body=form[0], headers=headers)
        return str(answer.json()["id"])


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    """One simulator for every example."""
    with embed(None, pace=INSTANT) as server, urllib3.PoolManager(headers=KEY) as pool:
        yield Endpoint(server.base_url, pool)


def resource(entry: dict[str, Any]) -> Resource:
    """The entry as the engine sees it."""
    known: dict[Address, Resource] = {}
    for name in FILES:
        spec = FileSpec(path=f"{name}.jsonl")
        content = Content(LocalFile(spec.path), spec.path, name * 8, 1, 12)
        address = Address("files", name)
        known[address] = BY_NAME["files"].resolve(address, spec, {spec.path: content}, known)
    spec_ = JobSpec.read(entry)
    return BY_NAME["jobs"].resolve(Address("jobs", "bot"), spec_, {}, known)


def body_of(entry: dict[str, Any], ids: Mapping[str, str]) -> dict[str, Any]:
    """The create request of an entry."""
    job = resource(entry)
    reads = {field: ids[ref.name] for field, ref in job.refs.items()}
    attempt = Attempt(job.generation, 1)
    return request(Make(job, Owner("support-bots", "prod"), attempt, "op", reads, lambda: True))


@pytest.mark.parametrize("method", job_specs.METHODS)
def test_any_spec_makes_a_job(endpoint: Endpoint, method: str) -> None:
    """The request of any valid entry is answered with the job that it asks for."""
    ids = endpoint.upload(method)

    @given(job_specs.sandbox_specs(method))
    @settings(derandomize=True)
    def creates(entry: dict[str, Any]) -> None:
        body = body_of(entry, ids)
        status, answer = endpoint.create(body)
        assert status == 200, answer
        assert answer["method"]["type"] == method
        assert answer["metadata"] == body["metadata"]
        assert said(body.get("method", {}), method) <= said(answer["method"], method)

    creates()


@pytest.mark.parametrize("method", job_specs.METHODS)
def test_the_datasets_fit_their_method(endpoint: Endpoint, method: str) -> None:
    """A job over the data that is drawn for its method succeeds."""
    entry = {"model": job_specs.BASE_MODELS[method][0], "training_file": job_specs.TRAINING}
    entry |= {"validation_file": job_specs.VALIDATION}
    grader = {"type": "python", "name": "g", "source": "pass"}
    needed = {"grader": grader} if method == "reinforcement" else {}
    chosen = {"type": method, method: needed}
    _, job = endpoint.create(body_of({**entry, "method": chosen}, endpoint.upload(method)))
    assert endpoint.job(job["id"])["status"] == "succeeded"


def said(method: dict[str, Any], name: str) -> set[tuple[str, Any]]:
    """The hyperparameters that a method tells."""
    return set((method.get(name) or {}).get("hyperparameters", {}).items())


@given(st.sampled_from(job_specs.METHODS).flatmap(job_specs.specs))
@settings(derandomize=True)
def test_a_request_has_no_field_of_ours(entry: dict[str, Any]) -> None:
    """Only fields of the API and those of `extra` are sent, and none of them is null."""
    if entry["model"].startswith("jobs."):
        entry["model"] = "m"  # which model that is, only the engine knows
    body = body_of(entry, dict.fromkeys(FILES, "file-1"))
    ours = {"generation", "retry", "paused", "protect", "extra", "hyperparameters"}
    assert not ours & body.keys()
    assert None not in [value for key, value in body.items() if key not in entry.get("extra", {})]
    assert json.loads(json.dumps(body))["metadata"].items() >= entry.get("metadata", {}).items()
