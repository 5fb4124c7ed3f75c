"""`reconciler destroy`, as typed."""

from typing import Any

import click

from reconciler.cli.options import lock_option, parallel_options, protected_option, settle_option
from reconciler.cli.root import Command
from reconciler.cli.settings import Settings


@click.command(cls=Command)
@click.option("--models", "every_model", is_flag=True, help="Delete the trained models, too.")
@protected_option
@settle_option
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@parallel_options
@lock_option
@click.pass_obj
def destroy_command(settings: Settings, /, **given: Any) -> int:
    """Delete the files and cancel the jobs of this manifest; trained models stay.

    With --models they go, too: every model that a job of this owner made, whatever uses it. The
    answer is then the owner's name.

    Exit codes: as `apply`.
    """
    from reconciler.cli.verbs.destroy import destroy

    return destroy(settings, **given)
