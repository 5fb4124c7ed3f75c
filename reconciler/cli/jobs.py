"""`reconciler jobs`: live fine-tuning jobs at the endpoint."""

import click

from reconciler.cli.live import connected, id_of, recorded, when
from reconciler.cli.root import Group
from reconciler.cli.settings import Settings
from reconciler.cli.table import show_table
from reconciler.errors import Refusal
from reconciler.text import visible


@click.group(cls=Group, invoke_without_command=True)
@click.pass_context
def jobs_command(context: click.Context) -> int | None:
    """Live jobs; the bare command lists them."""
    return context.invoke(list_jobs) if context.invoked_subcommand is None else None


@jobs_command.command("list")
@click.pass_obj
def list_jobs(settings: Settings, /) -> int:
    """List every live job, newest first."""
    with connected(settings) as connection:
        jobs = [job for page in connection.api.walk_jobs() for job in page]
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


@jobs_command.command("events")
@click.argument("job")
@click.pass_obj
def job_events(settings: Settings, /, job: str) -> int:
    """Show what happened to JOB (an address or an id), oldest first."""
    with recorded(settings) as (workspace, ids):
        pages = workspace.api.walk_job_events(id_of(job, "jobs", ids))
        events = [event for page in pages for event in page]
    for event in reversed(events):
        if settings.out.is_json:
            settings.out.line(event)
        else:
            level = str(event.get("level", "info"))
            mark = "" if level == "info" else f"{level}: "
            message = visible(str(event.get("message", "")))
            settings.out.keep(f"{when(event.get('created_at'))}  {mark}{message}")
    return 0


@jobs_command.command("cancel")
@click.argument("job")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def cancel_job(settings: Settings, /, job: str, yes: bool) -> int:
    """Cancel JOB (an address or an id); what it has trained is lost."""
    with recorded(settings) as (workspace, ids):
        id_ = id_of(job, "jobs", ids)
        if not yes and not (settings.out.can_ask() and click.confirm(f"Cancel {id_}?", err=True)):
            raise Refusal("Nothing was sent.", cure=f"reconciler jobs cancel {job} --yes")
        answer = workspace.api.cancel_job(id_)
    if settings.out.is_json:
        settings.out.document(answer)
    else:
        settings.out.keep(f"{id_}  {visible(str(answer.get('status')))}")
    return 0
