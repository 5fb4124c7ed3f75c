"""`reconciler cost`, as typed."""

import click

from reconciler.cli.root import Command
from reconciler.cli.settings import Settings


@click.command(cls=Command)
@click.pass_obj
def cost_command(settings: Settings, /) -> int:
    """Price the declared jobs, as if each were trained now; no network.

    What finished jobs of the state were billed stands beside it, and corrects the estimates.

    Exit codes: 0; 65 invalid manifest or data.
    """
    from reconciler.cli.verbs.cost import cost

    return cost(settings)
