"""`reconciler fmt`, as typed."""

from pathlib import Path
from typing import Any

import click

from reconciler.cli.root import Command
from reconciler.cli.settings import Settings


@click.command(cls=Command)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--check", is_flag=True, help="Write nothing; show what would change, and exit 1.")
@click.pass_obj
def fmt_command(settings: Settings, /, **given: Any) -> int:
    """Sort the keys of the manifest and of what it includes, or of the files PATHS (- is stdin).

    Lines are moved as they are: comments, quotes and blank lines stay, and the manifest says the
    same. Nothing moves across a comment that has a blank line below it.

    Exit codes: 0 sorted; 1 something is not (--check); 3 refused; 65 not a manifest.
    """
    from reconciler.cli.verbs.fmt import fmt

    return fmt(settings, **given)
