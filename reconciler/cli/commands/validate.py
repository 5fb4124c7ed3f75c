"""`reconciler validate`, as typed."""

from typing import Any

import click

from reconciler.cli.options import format_option
from reconciler.cli.root import Command
from reconciler.cli.settings import Settings


@click.command(cls=Command)
@click.option("--exit-zero", is_flag=True, help="Exit 0 whatever is found, for a later CI step.")
@click.option("--lock", is_flag=True, help="Write reconciler.lock.yaml, to be committed.")
@click.option("--show-rows", is_flag=True, help="Show the rows, too; at a terminal alone.")
@format_option(
    *("text", "json", "github", "gitlab", "sarif", "junit"), help_="How findings are written."
)
@click.pass_obj
def validate_command(settings: Settings, /, **given: Any) -> int:
    """Check the manifest and its datasets; no network, no key.

    Exit codes: 0 valid (also with warnings), 65 invalid.
    """
    from reconciler.cli.verbs.validate import validate

    return validate(settings, **given)
