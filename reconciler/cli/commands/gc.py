"""`reconciler gc`, as typed."""

from typing import Any

import click

from reconciler.cli.options import lock_option, parallel_options, retire_options, settle_option
from reconciler.cli.root import Command
from reconciler.cli.settings import Settings
from reconciler.cli.values import DURATION, MODEL_ID


@click.command(cls=Command)
@click.option("--older", type=DURATION, default=0, help="Only what is older than this (30d, 12h).")
@click.option("--dry-run", is_flag=True, help="Show them, and remove nothing.")
@click.option("--models", type=MODEL_ID, multiple=True, metavar="MODEL",
              help="Delete this model of ours, too; repeatable.")  # fmt: skip
@retire_options
@settle_option
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@parallel_options
@lock_option
@click.pass_obj
def gc_command(settings: Settings, /, **given: Any) -> int:
    """Delete the files and cancel the jobs of this owner that nothing accounts for.

    An orphan carries our marker, and neither state nor manifest knows it. What others made, what
    a job reads, what has finished, and what was let go on purpose stays. What is older than the
    state goes only by its address (--allow-delete). Looked for twice, --settle apart. A model goes
    only by its name (--models), and only if a job of this owner made it and nothing here uses it.

    Exit codes: as `apply`.
    """
    from reconciler.cli.verbs.gc import gc

    return gc(settings, **given)
