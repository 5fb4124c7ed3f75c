"""`reconciler files`: live files at the endpoint."""

import click

from reconciler.cli.live import connected, when
from reconciler.cli.root import Group
from reconciler.cli.settings import Settings
from reconciler.cli.table import show_table
from reconciler.core.words import size


@click.group(cls=Group, invoke_without_command=True)
@click.pass_context
def files_command(context: click.Context) -> int | None:
    """Live files; the bare command lists them."""
    return context.invoke(list_files) if context.invoked_subcommand is None else None


@files_command.command("list")
@click.pass_obj
def list_files(settings: Settings, /) -> int:
    """List every live file, newest first."""
    with connected(settings) as connection:
        files = [file for page in connection.api.walk_files() for file in page]
    if settings.out.is_json:
        settings.out.document(files)
        return 0
    rows = [
        (f["id"], str(f.get("filename") or ""), size(f.get("bytes") or 0), str(f.get("purpose")),
         str(f.get("status") or ""), when(f.get("created_at")))
        for f in files
    ]  # fmt: skip
    if rows:
        show_table(settings.out, ("FILE", "NAME", "SIZE", "PURPOSE", "STATUS", "CREATED"), rows)
    settings.out.keep(f"{len(rows)} file{'s' * (len(rows) != 1)}")
    return 0
