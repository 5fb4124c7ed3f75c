"""`reconciler why`, as typed."""

from typing import Any

import click

from reconciler.cli.options import format_option
from reconciler.cli.root import Command
from reconciler.cli.settings import Settings
from reconciler.cli.values import ADDRESS


@click.command(cls=Command)
@click.argument("target", type=ADDRESS, required=False)
@format_option(
    "text", "json", "mermaid", "card", help_="For people, for programs, a diagram, a model card."
)
@click.pass_obj
def why_command(settings: Settings, /, **given: Any) -> int:
    """Show which data made a model: bytes, file, job, checkpoint, model, alias.

    TARGET is an address, an alias, the id of a model, a checkpoint, a job or a file, or the first
    8 digits or more of the SHA-256 of a dataset; without it, every model. What the state does not
    know is told by what is live: what neither tells is said.

    Exit codes: 0 shown, 1 nothing is known of it, 64 no such address.
    """
    from reconciler.cli.verbs.why import why

    return why(settings, **given)
