"""The endpoints of `/v1/fine_tuning`."""

import json
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace
from starlette.responses import Response

from reconciler.sandbox import fields, file_rows, graders, job_request, job_rows, metrics
from reconciler.sandbox import model_rows as models
from reconciler.sandbox.call import Call, forgiving, json_list, json_text
from reconciler.sandbox.catalog import BY_NAME
from reconciler.sandbox.envelope import Rejected, no_such_cursor
from reconciler.sandbox.identity import fresh
from reconciler.sandbox.job import Job, Verdict, mark, render
from reconciler.sandbox.job_events import events as events_of
from reconciler.sandbox.job_request import JobSpec
from reconciler.sandbox.timeline import TERMINAL, Act, Run, status

MAX_PAGE = 100


async def create(call: Call) -> Response:
    """`POST /fine_tuning/jobs`: a job begins, whether or not an equal one exists."""
    _check_limit(call)
    spec = job_request.read(await call.body(), strict="strict_fields" in call.faults)
    base, root = models.snapshot(call.store, spec.model)
    _check_method(spec, root)
    _check_file(call, "training_file", spec.training_file)
    if spec.validation_file is not None:
        _check_file(call, "validation_file", spec.validation_file)
    if "dropped_metadata" in call.faults:
        spec = replace(spec, metadata=None)
    run, verdict = _doomed(call)
    job = Job(fresh("ftjob-"), base, root, spec, run, verdict)
    body = render(job, -1)  # before its first phase can be over, however fast the pace
    with call.store.writing() as db:
        job_rows.add(db, job, body)
    return json_text(body)


def _check_limit(call: Call) -> None:
    """A fault may want that only so many jobs are there that have not ended."""
    fault = call.faults.get("job_limit")
    if fault is None or job_rows.active(call.store) < int(fault.parameters["most"]):
        return
    wait = fault.parameters["retry_after"]
    raise Rejected(
        "This fine-tune request has been rate-limited. Your organization has reached the maximum"
        f" of {fault.parameters['most']} active requests (running,pending).",
        status=429,
        kind="requests",
        code="rate_limit_exceeded",
        headers={} if wait is None else {"retry-after": str(wait)},
    )


def _doomed(call: Call) -> tuple[Run, Verdict | None]:
    """A run that begins now, and why it will fail if a fault wants that."""
    run = Run(call.now, call.api.pace)
    if flagged := call.faults.get("flagged_files"):
        return replace(run, rejected=True), Verdict(**flagged.parameters)
    if broken := call.faults.get("broken_jobs"):
        return replace(run, broken=True), Verdict(**broken.parameters)
    return run, None


def _check_method(spec: JobSpec, root: str) -> None:
    methods = BY_NAME[root].methods
    if not methods:
        raise Rejected(
            f"Model {spec.model} is not available for fine-tuning or does not exist.",
            param="model",
            code="model_not_available",
        )
    if spec.kind not in methods:
        raise Rejected(
            f"The method '{spec.kind}' is not supported for model {spec.model}.",
            param="method",
            code="invalid_value",
        )


def _check_file(call: Call, param: str, file_id: str) -> None:
    file = file_rows.find(call.store, file_id)
    if file is None:
        raise Rejected(f"invalid {param}: {file_id}", param=param)
    if file.purpose != "fine-tune":
        raise Rejected(
            f"Invalid file purpose: '{file_id}' has purpose '{file.purpose}',"
            " but must have 'fine-tune'.",
            param=param,
        )
    fault = call.faults.get("not_ready")
    if fault and file.created_at > call.now - float(fault.parameters["seconds"]):
        raise Rejected(
            f"File '{file_id}' is still being processed and is not ready to be used for"
            " fine-tuning. Please try again later.",
            param=param,
        )


async def index(call: Call) -> Response:
    """`GET /fine_tuning/jobs`: one page, newest first."""
    limit, (tags, is_untagged) = call.limit(20, MAX_PAGE), _filter(call)
    bodies, has_more = forgiving(
        call,
        lambda after: job_rows.page(
            call.store, job_rows.JobPage(limit, after, tags, is_untagged, call.before())
        ),
    )
    return json_list(bodies, has_more=json.dumps(has_more))


def _filter(call: Call) -> tuple[dict[str, str], bool]:
    """The metadata pairs a list asks for, and whether it asks for jobs without any."""
    if "ignored_filter" in call.faults:
        return {}, False
    pairs = {
        name[len("metadata[") : -1]: value
        for name, value in call.request.query_params.items()
        if name.startswith("metadata[") and name.endswith("]")
    }
    plain = call.query("metadata")
    if plain is not None and plain != "null":
        raise fields.wrong_type("metadata", "an object", plain)
    return pairs, plain == "null"


async def retrieve(call: Call) -> Response:
    """`GET /fine_tuning/jobs/{id}`."""
    return json_text(job_rows.body(call.store, call.ids[0]))


async def cancel(call: Call) -> Response:
    """`POST …/cancel`: any job that has not ended."""
    return _act(call, "cancel", lambda phase: phase not in TERMINAL)


async def pause(call: Call) -> Response:
    """`POST …/pause`: any job that has not ended and is not paused."""
    return _act(call, "pause", lambda phase: phase not in TERMINAL | {"paused"})


async def resume(call: Call) -> Response:
    """`POST …/resume`: a paused job goes back to the queue."""
    return _act(call, "resume", lambda phase: phase == "paused")


def _act(call: Call, act: Act, is_allowed: Callable[[str], bool]) -> Response:
    job = job_rows.get(call.store, call.ids[0])
    phase = status(job.run, call.now)
    if phase in TERMINAL:
        raise Rejected(f"Job has already completed: {job.id} is {phase}.", param="fine_tune_id")
    if not is_allowed(phase):
        raise Rejected(f"Cannot {act} a job that is {phase}.", param="fine_tune_id")
    acted = mark(job, act, call.now)
    with call.store.writing() as db:
        if not job_rows.replace(db, job.dump(), acted, call.now):
            raise Rejected("The job changed at the same time. Try again.", status=409)
    return json_text(render(acted, call.now))


async def events(call: Call) -> Response:
    """`GET …/events`: what happened so far, newest first."""
    job = job_rows.get(call.store, call.ids[0])
    return _slice(call, events_of(job, call.now), call.limit(20, MAX_PAGE), {})


async def checkpoints(call: Call) -> Response:
    """`GET …/checkpoints`: the models saved so far, newest step first."""
    job = job_rows.get(call.store, call.ids[0])
    made = metrics.checkpoints(job, call.now)
    return _slice(call, made, call.limit(10, MAX_PAGE), {"first_id": None, "last_id": None})


def _slice(
    call: Call, found: list[dict[str, Any]], limit: int, ends: dict[str, str | None]
) -> Response:
    """A page of objects that are at hand; `ends` names the envelope's ids where it has any."""
    page, has_more = forgiving(call, lambda after: _after(found, after, limit))
    if ends and page:
        ends = {"first_id": page[0]["id"], "last_id": page[-1]["id"]}
    more = {name: json.dumps(value) for name, value in ends.items()}
    return json_list([json.dumps(each) for each in page], **more, has_more=json.dumps(has_more))


def _after(
    found: list[dict[str, Any]], after: str | None, limit: int
) -> tuple[list[dict[str, Any]], bool]:
    start = 0
    if after is not None:
        ids = [each["id"] for each in found]
        if after not in ids:
            raise no_such_cursor(after)
        start = ids.index(after) + 1
    return found[start : start + limit], len(found) > start + limit


async def validate_grader(call: Call) -> Response:
    """`POST /fine_tuning/alpha/graders/validate`: the grader again, if it is a good one."""
    grader = graders.check(fields.required(await call.body(), "grader"), "grader")
    return json_text(json.dumps({"grader": grader}))
