"""`reconciler import`, as typed."""

from typing import Any

import click

from reconciler.cli.root import Command
from reconciler.cli.settings import Settings
from reconciler.cli.values import ADDRESS


@click.command(cls=Command)
@click.argument("address", required=False, type=ADDRESS, metavar="[ADDR")
@click.argument("id_", required=False, metavar="ID]")
@click.option("--all", "everything", is_flag=True, help="All that is live and of nobody.")
@click.option("--path", metavar="FILE", help="Your copy of a file's content.")
@click.option(
    "--into",
    default="data",
    show_default=True,
    metavar="DIR",
    help="Where the content of files is put that is not here yet.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing.")
@click.pass_obj
def imports_command(settings: Settings, /, **given: Any) -> int:
    """Write entries for live objects: ADDR is to stand for ID.

    What the manifest declares at ADDR has to be equal, field by field. Where it declares nothing,
    an entry is written, for the files of a job, too, and their content is downloaded. Comments and
    layout stay. Nothing is sent and nothing recorded: the next plan shows what is adopted.

    Exit codes: 0 written, 3 something differs, or is of an owner, 65 invalid manifest or data.
    """
    from reconciler.cli.verbs.imports import import_objects

    return import_objects(settings, **given)
