"""The verbs of `/fine_tuning/jobs`."""

from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

from reconciler.api.call import Call, item, json_payload
from reconciler.api.caller import Caller
from reconciler.api.reply import Json
from reconciler.api.text import keyless

JOBS = "/fine_tuning/jobs"
VALIDATE = "/fine_tuning/alpha/graders/validate"
LIST = "fine-tuning jobs"

# Pairs that a job must carry, all of them; or `null`: only jobs that carry none.
Metadata: TypeAlias = Mapping[str, str] | Literal["null"]


class Jobs(Caller):
    """Jobs: list, retrieve, cancel, pause, events, checkpoints; creating one needs a line."""

    def walk_jobs(self, metadata: Metadata | None = None) -> Iterator[list[Json]]:
        """The pages of all jobs, or of those that the server says carry all of `metadata`.

        A filtered walk can find a job; only an unfiltered one proves that there is none.
        Raises as `paging.walk`.
        """
        call = Call("GET", JOBS, _filter(metadata))
        pages = self.walk(call, of=LIST, limit=self.dialect.jobs_page)
        return ([*map(_shown, page)] for page in pages)

    def newest_jobs(
        self, limit: int = 20, *, after: str | None = None, metadata: Metadata | None = None
    ) -> list[Json]:
        """The newest jobs, `limit` at most, newest first; one request.

        `after`: only jobs older than the one with this id. `metadata`: as of `walk_jobs`.
        """
        call = Call("GET", JOBS, _filter(metadata))
        return [*map(_shown, self.newest(call, of=LIST, limit=limit, after=after))]

    def retrieve_job(self, job_id: str) -> Json:
        """One job; raises `NotFound` when the API knows none of this id."""
        return _shown(self.ask_object(Call("GET", item(JOBS, job_id))))

    def cancel_job(self, job_id: str) -> Json:
        """The job as the API answers the cancellation; sent again only if it did nothing.

        Raises `Refused` for a job that has ended, and `Unknown` when it may have been
        cancelled: either way its status is to be read.
        """
        return self.act(Call("POST", item(JOBS, job_id, "cancel")))

    def pause_job(self, job_id: str) -> Json:
        """The job as the API answers the pause; sent again and raises as `cancel_job`."""
        return self.act(Call("POST", item(JOBS, job_id, "pause")))

    def resume_job(self, job_id: str) -> Json:
        """The job as the API answers, queued again; sent again and raises as `cancel_job`."""
        return self.act(Call("POST", item(JOBS, job_id, "resume")))

    def walk_job_events(self, job_id: str) -> Iterator[list[Json]]:
        """The pages of a job's events, newest first; raises as `paging.walk`."""
        call = Call("GET", item(JOBS, job_id, "events"))
        pages = self.walk(call, of=f"events of {job_id}", limit=self.dialect.jobs_page)
        return ([*map(_shown_event, page)] for page in pages)

    def job_events(self, job_id: str, limit: int = 20, *, after: str | None = None) -> list[Json]:
        """The newest events of a job, `limit` at most, newest first; one request.

        `after`: only events older than the one with this id.
        """
        call = Call("GET", item(JOBS, job_id, "events"))
        events = self.newest(call, of=f"events of {job_id}", limit=limit, after=after)
        return [*map(_shown_event, events)]

    def walk_checkpoints(self, job_id: str) -> Iterator[list[Json]]:
        """The pages of a job's checkpoints, the last step first; raises as `paging.walk`."""
        call = Call("GET", item(JOBS, job_id, "checkpoints"))
        return self.walk(call, of=f"checkpoints of {job_id}", limit=self.dialect.jobs_page)

    def job_checkpoints(self, job_id: str, limit: int = 20) -> list[Json]:
        """The newest checkpoints of a job, `limit` at most, the last step first; one request."""
        call = Call("GET", item(JOBS, job_id, "checkpoints"))
        return self.newest(call, of=f"checkpoints of {job_id}", limit=limit)

    def validate_grader(self, grader: Mapping[str, object]) -> Json:
        """The API's answer on a grader that it takes; tried again while that may help.

        It makes nothing. Raises `Refused` with the API's words for a grader that it does not
        take.
        """
        return self.ask(Call("POST", VALIDATE, payload=json_payload({"grader": grader})))


def _shown(job: Json) -> Json:
    """Why a job failed is shown and recorded; it may repeat a key, such as that of a tracker."""
    error = job.get("error")
    return job | {"error": keyless(error)} if isinstance(error, dict) else job


def _shown_event(event: Json) -> Json:
    """An event often says the same as the error of its job."""
    return event | keyless({"message": event["message"]}) if "message" in event else event


def _filter(metadata: Metadata | None) -> tuple[tuple[str, str], ...]:
    """The query of a metadata filter, a deep object as the API spells it."""
    match metadata:
        case None:
            return ()
        case "null":
            return (("metadata", "null"),)
        case pairs:
            return tuple((f"metadata[{key}]", value) for key, value in pairs.items())
