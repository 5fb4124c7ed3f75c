"""`reconciler destroy`: converge to a manifest that declares nothing."""

import click

from reconciler.cli.converge import Will, converge
from reconciler.cli.options import Duration, leave_of, leave_options, settle_option
from reconciler.cli.root import Command
from reconciler.cli.settings import Settings
from reconciler.cli.stop import stoppable
from reconciler.cli.workspace import open_workspace


@click.command(cls=Command)
@leave_options
@settle_option
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--lock-timeout", type=Duration(), default=0, help="Wait so long for the lock.")
@click.pass_obj
def destroy_command(
    settings: Settings, /, settle: int | None, yes: bool, lock_timeout: int, **flags: object
) -> int:
    """Delete the files and cancel the jobs of this manifest; trained models stay.

    Exit codes: as `apply`.
    """
    leave = leave_of(flags, everything=True)
    will = Will("destroy", leave, yes=yes, wait=False, deadline=None)
    with (
        stoppable(settings.out) as stop,
        open_workspace(settings, pause=stop.pause, settle=settle, with_data=False) as workspace,
    ):
        return converge(workspace, will, stop, lock_timeout)
