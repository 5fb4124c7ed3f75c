"""`reconciler plan`, as typed."""

from pathlib import Path
from typing import Any

import click

from reconciler.cli.options import (
    format_option,
    leave_options,
    locked_option,
    scope_options,
    settle_option,
    wish_options,
)
from reconciler.cli.root import Command
from reconciler.cli.settings import Settings


@click.command(cls=Command)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Save the plan for apply FILE.",
)
@click.option(
    "--page",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the plan's page as well, for comment FILE.",
)
@click.option(
    "--widget",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write what GitLab shows at a merge request (artifacts:reports:terraform).",
)
@click.option("--offline", is_flag=True, help="Compare with the state alone: no key, no network.")
@format_option("text", "json", "markdown", help_="How the plan is written.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 where changes are pending.")
@locked_option
@scope_options
@wish_options
@settle_option
@leave_options
@click.pass_obj
def plan_command(settings: Settings, /, **given: Any) -> int:
    """Show what would change, why, and what it costs. Nothing is sent but reads.

    Exit codes: 0 planned, 1 a standing failure, 2 changes (--detailed-exitcode), 3 refused,
    5 unsettled, 65 invalid manifest or data.
    """
    from reconciler.cli.verbs.plan import plan

    return plan(settings, **given)
