"""`reconciler init`, as typed."""

from typing import Any

import click

from reconciler.cli.root import Command
from reconciler.cli.settings import Settings


@click.command(cls=Command)
@click.option("--split", is_flag=True, help="A file for each job, which the manifest includes.")
@click.option(
    "--ci",
    type=click.Choice(["github", "gitlab"]),
    help="Workflows as well: plan on a pull request, apply on merge.",
)
@click.pass_obj
def init_command(settings: Settings, /, **given: Any) -> int:
    """Write a manifest for the datasets in this folder; never overwrites.

    Exit codes: 0 written; 3 there is such a file already.
    """
    from reconciler.cli.verbs.init import init

    return init(settings, **given)
