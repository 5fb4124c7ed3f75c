"""`reconciler jobs`: live fine-tuning jobs at the endpoint."""

import time
from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.api import Api
from reconciler.cli.out import Out
from reconciler.cli.settings import Settings
from reconciler.cli.verbs.ask import ask
from reconciler.cli.verbs.job_log import JobLog
from reconciler.cli.verbs.live import connected, id_of, recorded
from reconciler.cli.verbs.table import show_object, show_table
from reconciler.cli.verbs.watcher import FIRST_POLL, SLOWER, SLOWEST_POLL
from reconciler.cli.verbs.witness import noted
from reconciler.core.words import when
from reconciler.kinds.job import phase_of
from reconciler.text import visible


def list_jobs(settings: Settings, /, limit: int | None = None) -> int:
    """List every live job, newest first."""
    with connected(settings) as connection:
        if limit is None:
            jobs = [job for page in connection.api.walk_jobs() for job in page]
        else:
            jobs = connection.api.newest_jobs(limit)
    if settings.out.is_json:
        settings.out.document(jobs)
        return 0
    rows = [
        (j["id"], str(j.get("status")), str(j.get("model")), when(j.get("created_at")),
         str((j.get("metadata") or {}).get("reconciler_address", "")),
         str(j.get("fine_tuned_model") or ""))
        for j in jobs
    ]  # fmt: skip
    if rows:
        header = ("JOB", "STATUS", "BASE", "CREATED", "ADDRESS", "MODEL")
        show_table(settings.out, header, rows)
    settings.out.keep(f"{len(rows)} job{'s' * (len(rows) != 1)}")
    return 0


def job_events(
    settings: Settings,
    /,
    job: str,
    limit: int | None = None,
    follow: bool = False,
    after: str = "",
) -> int:
    """Show what happened to JOB (an address or an id), oldest first; and what happens, if asked."""
    out = settings.out
    with recorded(settings) as workspace:
        id_, api = id_of(job, "jobs", workspace), workspace.api
        if follow or after:
            return _follow(out, api, JobLog(id_, after), follow=follow)
        if limit is None:
            events = [event for page in api.walk_job_events(id_) for event in page]
        else:
            events = api.job_events(id_, limit)
    _tell_events(out, reversed(events))
    return 0


def _follow(out: Out, api: Api, log: JobLog, *, follow: bool) -> int:
    """Whatever is new, until the job has ended; what it told last is read after that was seen."""
    seconds, has_ended = FIRST_POLL, not follow
    while True:
        new = log.read_on(api)
        _tell_events(out, new)
        if log.is_whole and has_ended:
            return 0
        if log.is_whole:
            seconds = FIRST_POLL if new else min(seconds * SLOWER, SLOWEST_POLL)
            time.sleep(seconds)
            has_ended = phase_of(api.retrieve_job(log.id)).is_terminal


def _tell_events(out: Out, events: Iterable[Mapping[str, Any]]) -> None:
    for event in events:
        if out.is_json:
            out.line(event)
        else:
            level = str(event.get("level", "info"))
            mark = "" if level == "info" else f"{level}: "
            message = visible(f"{mark}{event.get('message', '')}")
            out.keep(f"{when(event.get('created_at'), to='seconds')}  {message}")


def get_job(settings: Settings, /, job: str) -> int:
    """Show JOB (an address or an id) as the endpoint tells it."""
    with recorded(settings) as workspace:
        show_object(settings.out, workspace.api.retrieve_job(id_of(job, "jobs", workspace)))
    return 0


def job_checkpoints(settings: Settings, /, job: str) -> int:
    """List the checkpoints of JOB (an address or an id), newest first, with their losses."""
    with recorded(settings) as workspace:
        pages = workspace.api.walk_checkpoints(id_of(job, "jobs", workspace))
        checkpoints = [checkpoint for page in pages for checkpoint in page]
    if settings.out.is_json:
        settings.out.document(checkpoints)
        return 0
    rows = [_checkpoint(checkpoint) for checkpoint in checkpoints]
    if rows:
        show_table(settings.out, ("STEP", "TRAIN LOSS", "VALID LOSS", "MODEL"), rows)
    settings.out.keep(f"{len(rows)} checkpoint{'s' * (len(rows) != 1)}")
    return 0


def _checkpoint(body: Mapping[str, Any]) -> tuple[str, ...]:
    metrics = body.get("metrics") or {}
    valid = metrics.get("full_valid_loss", metrics.get("valid_loss", ""))
    name = str(body.get("fine_tuned_model_checkpoint") or "")
    return str(body.get("step_number", "")), str(metrics.get("train_loss", "")), str(valid), name


def pause_job(settings: Settings, /, job: str) -> int:
    """Pause JOB (an address or an id); `resume` lets it go on."""
    with recorded(settings) as workspace, noted(workspace, "jobs pause") as note:
        answer = workspace.api.pause_job(id_of(job, "jobs", workspace))
        note("pause", str(answer["id"]))
        return _told(settings, answer)


def resume_job(settings: Settings, /, job: str) -> int:
    """Let JOB (an address or an id) go on after a pause."""
    with recorded(settings) as workspace, noted(workspace, "jobs resume") as note:
        answer = workspace.api.resume_job(id_of(job, "jobs", workspace))
        note("resume", str(answer["id"]))
        return _told(settings, answer)


def _told(settings: Settings, answer: Mapping[str, Any]) -> int:
    """What the endpoint says of the job now."""
    id_, status = str(answer["id"]), str(answer.get("status"))
    settings.out.result(f"{visible(id_)}  {visible(status)}", id=id_, status=status)
    return 0


def cancel_job(settings: Settings, /, job: str, yes: bool) -> int:
    """Cancel JOB (an address or an id); what it has trained is lost."""
    with recorded(settings) as workspace:
        id_ = id_of(job, "jobs", workspace)
        if not yes:
            ask(settings.out, f"Cancel {id_}?", verb="cancel", command=f"jobs cancel {id_}")
        with noted(workspace, "jobs cancel") as note:
            answer = workspace.api.cancel_job(id_)
            note("cancel", id_)
        return _told(settings, answer)
