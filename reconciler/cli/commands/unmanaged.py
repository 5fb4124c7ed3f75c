"""`reconciler unmanaged`, as typed."""

from typing import Any

import click

from reconciler.cli.root import Command
from reconciler.cli.settings import Settings
from reconciler.cli.values import DURATION


@click.command(cls=Command)
@click.option("--older", type=DURATION, default=0, help="Only what is older than this (30d, 12h).")
@click.option(
    "--sort",
    "by",
    type=click.Choice(["age", "size"]),
    default="age",
    show_default=True,
    help="The oldest first, or the largest.",
)
@click.pass_obj
def unmanaged_command(settings: Settings, /, **given: Any) -> int:
    """Show what is live at the endpoint and not of this manifest; nothing is changed.

    To take one over: import: [{to: ADDRESS, id: ID}] in the manifest.

    Exit codes: 0 shown.
    """
    from reconciler.cli.verbs.unmanaged import show_unmanaged

    return show_unmanaged(settings, **given)
