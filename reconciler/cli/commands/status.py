"""`reconciler status`, as typed."""

from typing import Any

import click

from reconciler.cli.root import Command
from reconciler.cli.settings import Settings
from reconciler.cli.values import JOB
from reconciler.errors import UsageError


@click.command(cls=Command)
@click.argument("addresses", nargs=-1, type=JOB, metavar="[ADDR]...")
@click.option(
    "--at-risk", is_flag=True, help="What stands on models that the endpoint will shut down."
)
@click.pass_obj
def status_command(settings: Settings, /, *, at_risk: bool, **given: Any) -> int:
    """Show the declared jobs as they are now.

    With ADDR only these (jobs.sweep is all of its matrix), and the results of those that made a
    model side by side: final and best losses, and what each was billed.

    Exit codes: 0; 1 a standing failure; 5 unsettled.
    """
    if at_risk:
        if given["addresses"]:
            raise UsageError("--at-risk is about everything that is declared: no ADDR with it")
        from reconciler.cli.verbs.at_risk import status_at_risk

        return status_at_risk(settings)
    from reconciler.cli.verbs.status import status

    return status(settings, **given)
