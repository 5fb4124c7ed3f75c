"""`reconciler status`, as typed."""

import click

from reconciler.cli.root import Command
from reconciler.cli.settings import Settings


@click.command(cls=Command)
@click.pass_obj
def status_command(settings: Settings, /) -> int:
    """Show the declared jobs as they are now.

    Exit codes: 0; 1 a standing failure; 5 unsettled.
    """
    from reconciler.cli.verbs.status import status

    return status(settings)
