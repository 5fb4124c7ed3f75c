"""`reconciler rollback`, as typed."""

from typing import Any

import click

from reconciler.cli.root import Command
from reconciler.cli.settings import Settings
from reconciler.cli.values import ALIAS


@click.command(cls=Command)
@click.argument("alias", type=ALIAS)
@click.option(
    "--to", "steps", type=click.IntRange(min=1), default=1, metavar="N",
    help="The N-th model before the one in use.  [default: 1]",
)  # fmt: skip
@click.option("--unpin", is_flag=True, help="Take the pin out: the alias follows its job again.")
@click.pass_obj
def rollback_command(settings: Settings, /, **given: Any) -> int:
    """Pin ALIAS to a model that it pointed at before; nothing is trained again.

    The pin is written into the manifest, so that the next apply does not undo it, and a review
    sees it. It takes effect with that apply.

    Exit codes: 0 written; 1 there is no such model; 3 the file has no place for it.
    """
    from reconciler.cli.verbs.rollback import rollback

    return rollback(settings, **given)
