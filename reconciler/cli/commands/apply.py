"""`reconciler apply`, as typed."""

from pathlib import Path
from typing import Any

import click

from reconciler.cli.options import (
    leave_options,
    lock_option,
    locked_option,
    parallel_options,
    scope_options,
    settle_option,
    wish_options,
)
from reconciler.cli.root import Command
from reconciler.cli.settings import Settings
from reconciler.cli.values import DIGEST, DURATION


@click.command(cls=Command)
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--expect", type=DIGEST, default="", help="Apply the plan of this digest alone.")
@click.option("--wait", is_flag=True, help="Stay until all jobs have ended.")
@click.option("--deadline", type=DURATION, help="Start nothing after this long: exit 6.")
@lock_option
@parallel_options
@locked_option
@scope_options
@wish_options
@settle_option
@leave_options
@click.pass_obj
def apply_command(settings: Settings, /, **given: Any) -> int:
    """Upload and train what the plan says; nothing is ever paid twice.

    With FILE, a plan that `plan --out` saved, or with --expect nothing that pays or destroys is
    done that it does not say. Neither needs --yes.

    Exit codes: 0 done, or started and running; 1 something failed; 3 refused; 4 locked;
    5 unsettled; 6 deadline reached: run again; 64 nobody is here to say yes; 130 interrupted.
    """
    from reconciler.cli.verbs.apply import apply

    return apply(settings, **given)
