"""`reconciler jobs` and its verbs, as typed."""

from typing import Any

import click

from reconciler.cli.root import Group
from reconciler.cli.settings import Settings
from reconciler.cli.values import JOB

newest = click.option("--limit", type=click.IntRange(1, 100), help="Only the newest so many.")


@click.group(cls=Group, invoke_without_command=True)
@click.pass_context
def jobs_command(context: click.Context) -> int | None:
    """Live jobs; the bare command lists them."""
    return context.invoke(list_jobs_command) if context.invoked_subcommand is None else None


@jobs_command.command("list")
@newest
@click.pass_obj
def list_jobs_command(settings: Settings, /, **given: Any) -> int:
    """List every live job, newest first."""
    from reconciler.cli.verbs.jobs import list_jobs

    return list_jobs(settings, **given)


@jobs_command.command("events")
@click.argument("job", type=JOB)
@newest
@click.option("--follow", is_flag=True, help="Go on until the job has ended.")
@click.option("--after", default="", metavar="ID", help="Only what came after this event.")
@click.pass_obj
def job_events_command(settings: Settings, /, **given: Any) -> int:
    """Show what happened to JOB (an address or an id), oldest first.

    With --follow also what happens from now on, each event once; stopped, it goes on with --after
    and the id of the last event, which --json shows.
    """
    from reconciler.cli.verbs.jobs import job_events

    return job_events(settings, **given)


@jobs_command.command("get")
@click.argument("job", type=JOB)
@click.pass_obj
def get_job_command(settings: Settings, /, **given: Any) -> int:
    """Show JOB (an address or an id) as the endpoint tells it."""
    from reconciler.cli.verbs.jobs import get_job

    return get_job(settings, **given)


@jobs_command.command("checkpoints")
@click.argument("job", type=JOB)
@click.pass_obj
def job_checkpoints_command(settings: Settings, /, **given: Any) -> int:
    """List the checkpoints of JOB (an address or an id), newest first, with their losses."""
    from reconciler.cli.verbs.jobs import job_checkpoints

    return job_checkpoints(settings, **given)


@jobs_command.command("pause")
@click.argument("job", type=JOB)
@click.pass_obj
def pause_job_command(settings: Settings, /, **given: Any) -> int:
    """Pause JOB (an address or an id); `resume` lets it go on."""
    from reconciler.cli.verbs.jobs import pause_job

    return pause_job(settings, **given)


@jobs_command.command("resume")
@click.argument("job", type=JOB)
@click.pass_obj
def resume_job_command(settings: Settings, /, **given: Any) -> int:
    """Let JOB (an address or an id) go on after a pause."""
    from reconciler.cli.verbs.jobs import resume_job

    return resume_job(settings, **given)


@jobs_command.command("cancel")
@click.argument("job", type=JOB)
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def cancel_job_command(settings: Settings, /, **given: Any) -> int:
    """Cancel JOB (an address or an id); what it has trained is lost."""
    from reconciler.cli.verbs.jobs import cancel_job

    return cancel_job(settings, **given)
