"""`reconciler show`, as typed."""

from typing import Any

import click

from reconciler.cli.root import Command
from reconciler.cli.settings import Settings
from reconciler.cli.values import ADDRESS


@click.command(cls=Command)
@click.argument("address", type=ADDRESS, required=False)
@click.pass_obj
def show_command(settings: Settings, /, **given: Any) -> int:
    """Show a resource as it is desired, recorded and observed; without ADDRESS, list them."""
    from reconciler.cli.verbs.show import show

    return show(settings, **given)
