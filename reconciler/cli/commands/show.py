"""`reconciler show`, as typed."""

from typing import Any

import click

from reconciler.cli.root import Command
from reconciler.cli.settings import Settings
from reconciler.cli.values import ADDRESS


@click.command(cls=Command)
@click.argument("address", type=ADDRESS, required=False)
@click.option("--effective", is_flag=True, help="The manifest as it is read; no network, no data.")
@click.pass_obj
def show_command(settings: Settings, /, *, effective: bool, **given: Any) -> int:
    """Show a resource as it is desired, recorded and observed; without ADDRESS, list them.

    With --effective every value that the manifest sets, and where it comes from: the entry,
    defaults, a matrix, variables, an included file or the environment.
    """
    if effective:
        from reconciler.cli.verbs.effective import show_effective

        return show_effective(settings, **given)
    from reconciler.cli.verbs.show import show

    return show(settings, **given)
