"""Tables: aligned columns at any width, nothing cut, nothing wrapped."""

from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.cli.out import Out
from reconciler.core.fields import flatten
from reconciler.text import visible


def show_table(out: Out, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table without lines to stdout; an empty cell is `–`, which means not known."""
    from rich.console import Console  # noqa: PLC0415  # only where a table is shown
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, show_edge=False, header_style="", padding=(0, 2, 0, 0))
    for name in header:
        table.add_column(name, no_wrap=True, overflow="ignore")
    for row in rows:
        table.add_row(*(visible(cell) or "–" for cell in row))
    # Without emoji: the name of a model may have `:rocket:` in it.
    console = Console(width=10_000, markup=False, emoji=False, highlight=False, color_system=None)
    with console.capture() as captured:
        console.print(table)
    out.keep(*(f"  {line.rstrip()}" for line in captured.get().splitlines()), "")


def show_object(out: Out, body: Mapping[str, Any]) -> None:
    """One object of the API: its own JSON, or a line for each field that is set."""
    if out.is_json:
        out.document(body)
        return
    fields = {name: value for name, value in flatten(body).items() if value not in ("", [])}
    pad = max(map(len, fields), default=0)
    out.keep(*(f"  {visible(name):<{pad}}  {visible(str(fields[name]))}" for name in fields))
