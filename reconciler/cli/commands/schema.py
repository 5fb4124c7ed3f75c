"""`reconciler schema`, as typed."""

import click

from reconciler.cli.root import Command
from reconciler.cli.settings import Settings


@click.command(cls=Command)
@click.pass_obj
def schema_command(settings: Settings, /) -> int:
    """Print the JSON Schema of the manifest.

    Exit codes: 0 printed.
    """
    from reconciler.cli.verbs.schema import show_schema

    return show_schema(settings)
