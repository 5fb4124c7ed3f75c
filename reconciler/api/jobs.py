"""The verbs of `/fine_tuning/jobs`."""

from collections.abc import Iterator, Mapping

from reconciler.api.call import Call, item
from reconciler.api.caller import Caller
from reconciler.api.paging import items
from reconciler.api.reply import Json

JOBS = "/fine_tuning/jobs"


class Jobs(Caller):
    """Jobs: list, retrieve, cancel, events; creating one needs a line."""

    def walk_jobs(self, metadata: Mapping[str, str] | None = None) -> Iterator[list[Json]]:
        """The pages of all jobs, or of those that the server says carry all of `metadata`.

        A filtered walk can find a job; only an unfiltered one proves that there is none.
        Raises as `paging.walk`.
        """
        query = tuple((f"metadata[{key}]", value) for key, value in (metadata or {}).items())
        call = Call("GET", JOBS, query)
        return self.walk(call, of="fine-tuning jobs", limit=self.dialect.jobs_page)

    def retrieve_job(self, job_id: str) -> Json:
        """One job; raises `NotFound` when the API knows none of this id."""
        return self.ask_object(Call("GET", item(JOBS, job_id)))

    def cancel_job(self, job_id: str) -> Json:
        """The job as the API answers the cancellation; sent again only if it did nothing.

        Raises `Refused` for a job that has ended, and `Unknown` when it may have been
        cancelled: either way its status is to be read.
        """
        return self.act(Call("POST", item(JOBS, job_id, "cancel")))

    def walk_job_events(self, job_id: str) -> Iterator[list[Json]]:
        """The pages of a job's events, newest first; raises as `paging.walk`."""
        call = Call("GET", item(JOBS, job_id, "events"))
        return self.walk(call, of=f"events of {job_id}", limit=self.dialect.jobs_page)

    def job_events(self, job_id: str, limit: int = 20) -> list[Json]:
        """The newest events of a job, `limit` at most, newest first; one request."""
        call = Call("GET", item(JOBS, job_id, "events"), (("limit", str(limit)),))
        return items(self.ask(call), f"events of {job_id}")
