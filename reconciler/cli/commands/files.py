"""`reconciler files` and its verbs, as typed."""

from pathlib import Path
from typing import Any

import click

from reconciler.cli.root import Group
from reconciler.cli.settings import Settings
from reconciler.cli.values import FILE


@click.group(cls=Group, invoke_without_command=True)
@click.pass_context
def files_command(context: click.Context) -> int | None:
    """Live files; the bare command lists them."""
    return context.invoke(list_files_command) if context.invoked_subcommand is None else None


@files_command.command("list")
@click.option("--purpose", help="Only files of this purpose.")
@click.option("--limit", type=click.IntRange(1, 10_000), help="Only the newest so many.")
@click.pass_obj
def list_files_command(settings: Settings, /, **given: Any) -> int:
    """List every live file, newest first."""
    from reconciler.cli.verbs.files import list_files

    return list_files(settings, **given)


@files_command.command("get")
@click.argument("file", type=FILE)
@click.pass_obj
def get_file_command(settings: Settings, /, **given: Any) -> int:
    """Show FILE (an address or an id) as the endpoint tells it."""
    from reconciler.cli.verbs.files import get_file

    return get_file(settings, **given)


@files_command.command("upload")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--purpose", default="fine-tune", show_default=True, help="What it is for.")
@click.pass_obj
def upload_file_command(settings: Settings, /, **given: Any) -> int:
    """Upload PATH under its own name; nothing of the manifest will know it."""
    from reconciler.cli.verbs.files import upload_file

    return upload_file(settings, **given)


@files_command.command("content")
@click.argument("file", type=FILE)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write here.")
@click.option("--overwrite", is_flag=True, help="Replace what is there.")
@click.pass_obj
def file_content_command(settings: Settings, /, **given: Any) -> int:
    """Download FILE (an address or an id), to stdout or to a file of your choice."""
    from reconciler.cli.verbs.files import file_content

    return file_content(settings, **given)


@files_command.command("delete")
@click.argument("file", type=FILE)
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def delete_file_command(settings: Settings, /, **given: Any) -> int:
    """Delete FILE (an address or an id) at the endpoint."""
    from reconciler.cli.verbs.files import delete_file

    return delete_file(settings, **given)
