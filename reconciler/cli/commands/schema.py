"""`reconciler schema`, as typed."""

from typing import Any

import click

from reconciler.cli.root import Command
from reconciler.cli.settings import Settings


@click.command(cls=Command)
@click.option(
    "--of",
    type=click.Choice(["manifest", "plan", "events", "lineage"]),
    default="manifest",
    help="Of the manifest, of plan --json, of a line of apply --json, or of why --json.  "
    "[default: manifest]",
)
@click.pass_obj
def schema_command(settings: Settings, /, **given: Any) -> int:
    """Print the JSON Schema of the manifest, or of what programs read.

    Exit codes: 0 printed.
    """
    from reconciler.cli.verbs.schema import show_schema

    return show_schema(settings, **given)
