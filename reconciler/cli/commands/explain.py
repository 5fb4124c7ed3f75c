"""`reconciler explain`, as typed."""

from typing import Any

import click

from reconciler.cli.options import format_option
from reconciler.cli.root import Command
from reconciler.cli.settings import Settings
from reconciler.cli.values import CODE


@click.command(cls=Command)
@click.argument("code", type=CODE, required=False)
@click.option(
    "--of",
    type=click.Choice(["rules", "manifest", "commands"]),
    default="rules",
    help="Of which a page is made.  [default: rules]",
)
@format_option("text", "json", "markdown", help_="How it is written.")
@click.pass_obj
def explain_command(settings: Settings, /, **given: Any) -> int:
    """Explain CODE: a rule that validate names, or an exit code. Without CODE, list all."""
    from reconciler.cli.verbs.explain import explain

    return explain(settings, **given)
