"""`reconciler doctor`, as typed."""

import click

from reconciler.cli.root import Command
from reconciler.cli.settings import Settings


@click.command(cls=Command)
@click.pass_obj
def doctor_command(settings: Settings, /) -> int:
    """Show what is used and from where, and try what works. Nothing is sent but reads.

    Exit codes: 0 all that was tried works; 1 something does not.
    """
    from reconciler.cli.verbs.doctor import doctor

    return doctor(settings)
