"""Tables and objects: aligned columns at any width, nothing cut."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.cli.out import Out
from reconciler.core.fields import flatten
from reconciler.core.words import when
from reconciler.render.layout import table
from reconciler.text import visible

_TIMES = ("created", "_at", "estimated_finish")
"""Ends of the names of fields that hold Unix seconds."""


def show_table(out: Out, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table to stdout."""
    out.keep(*table_lines(header, rows, out.columns), "")


def table_lines(
    header: Sequence[str], rows: Sequence[Sequence[str]], columns: int | None = None
) -> list[str]:
    """A table without lines between its cells; an empty cell is `–`, which means not known."""
    shown = [[visible(cell) or "–" for cell in row] for row in rows]
    return [*table([header, *shown], columns)]


def show_object(out: Out, body: Mapping[str, Any]) -> None:
    """One object of the API: its own JSON, or a line for each field that is set."""
    if out.is_json:
        out.document(body)
        return
    fields = {name: _cell(name, value) for name, value in flatten(body).items()}
    shown = {name: text for name, text in fields.items() if text}
    pad = max(map(len, shown), default=0)
    out.keep(*(f"  {visible(name):<{pad}}  {visible(text)}" for name, text in shown.items()))


def _cell(name: str, value: Any) -> str:  # noqa: ANN401  # any JSON value
    """A field's value: times as times, lists of texts as texts, the rest as JSON would have it."""
    match value:
        case str():
            return value
        case int() if name.endswith(_TIMES):
            return f"{value}  {when(value, to='seconds')}"
        case list() if all(isinstance(item, str) for item in value):
            return ", ".join(value)
        case _:
            return json.dumps(value, ensure_ascii=False)
