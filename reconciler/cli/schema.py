"""`reconciler schema`: the format of the manifest, for editors and other programs."""

import click

from reconciler.cli.root import Command
from reconciler.cli.settings import Settings
from reconciler.kinds import BY_NAME
from reconciler.manifest.json_schema import document


@click.command(cls=Command)
@click.pass_obj
def schema_command(settings: Settings, /) -> int:
    """Print the JSON Schema of the manifest.

    Exit codes: 0 printed.
    """
    settings.out.document(document({name: kind.spec for name, kind in BY_NAME.items()}))
    return 0
