"""`reconciler validate`, as typed."""

from typing import Any

import click

from reconciler.cli.options import format_option
from reconciler.cli.root import Command
from reconciler.cli.settings import Settings


@click.command(cls=Command)
@format_option("text", "json", "github", help_="How findings are written.")
@click.pass_obj
def validate_command(settings: Settings, /, **given: Any) -> int:
    """Check the manifest and its datasets; no network, no key.

    Exit codes: 0 valid (also with warnings), 65 invalid.
    """
    from reconciler.cli.verbs.validate import validate

    return validate(settings, **given)
