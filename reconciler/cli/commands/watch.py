"""`reconciler watch`, as typed."""

from typing import Any

import click

from reconciler.cli.root import Command
from reconciler.cli.settings import Settings
from reconciler.cli.values import JOB


@click.command(cls=Command)
@click.argument("addresses", nargs=-1, type=JOB, metavar="[ADDR]...")
@click.pass_obj
def watch_command(settings: Settings, /, **given: Any) -> int:
    """Show the declared jobs, or only ADDR, live, until all of them have ended.

    ^C stops watching; the jobs go on. With --json a line for each change and for each event of the
    jobs' logs, from their beginning.

    Exit codes: 0; 1 a standing failure; 5 unsettled; 130 stopped watching.
    """
    from reconciler.cli.verbs.watch import watch

    return watch(settings, **given)
