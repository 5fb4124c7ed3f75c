"""`reconciler apply`: rounds of observe, settle, diff and apply until nothing is left to do."""

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
@click.option("--wait", is_flag=True, help="Stay until all jobs have ended.")
@click.option("--deadline", type=Duration(), help="Start nothing after this long: exit 6.")
@click.option("--lock-timeout", type=Duration(), default=0, help="Wait so long for the lock.")
@click.pass_obj
def apply_command(
    settings: Settings,
    /,
    settle: int | None,
    yes: bool,
    wait: bool,
    deadline: int | None,
    lock_timeout: int,
    **flags: object,
) -> int:
    """Upload and train what the plan says; nothing is ever paid twice.

    Exit codes: 0 done, or started and running; 1 something failed; 3 refused; 4 locked;
    5 unsettled; 6 deadline reached: run again; 64 nobody is here to say yes; 130 interrupted.
    """
    will = Will("apply", leave_of(flags), yes=yes, wait=wait, deadline=deadline)
    with (
        stoppable(settings.out) as stop,
        open_workspace(settings, pause=stop.pause, settle=settle) as workspace,
    ):
        return converge(workspace, will, stop, lock_timeout)
