"""How an apply ended, as a page for the summary of a CI run."""

from collections.abc import Iterator, Mapping, Sequence

from reconciler.errors import ExitCode
from reconciler.render.foreign_markdown import code, inline
from reconciler.render.unfinished import Unfinished

MOST = 50
"""Rows of each table."""


def apply_page(
    owner: str,
    summary: str,
    models: Mapping[str, str],
    left: Sequence[Unfinished],
    exit_code: ExitCode,
) -> str:
    """The summary line, the models that were made, and what is not done.

    Args:
        models: address → model.
        left: what is not where the plan wanted it.
    """
    ended = "" if exit_code is ExitCode.DONE else f" · **exit {int(exit_code)}**"
    lines = [f"### {inline(owner)}: {inline(summary.removeprefix('Apply: '))}{ended}"]
    rows = [(code(address), code(model)) for address, model in models.items()]
    lines += _table(("address", "model"), rows)
    rows = [(code(str(one.address)), f"{one.fate}: {inline(one.words)}") for one in left]
    lines += _table(("address", "not done"), rows)
    return "\n".join(lines) + "\n"


def _table(head: tuple[str, str], rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    if not rows:
        return
    yield from ("", f"| {' | '.join(head)} |", "|-|-|")
    yield from (f"| {' | '.join(row)} |" for row in rows[:MOST])
    if len(rows) > MOST:
        yield f"| | and {len(rows) - MOST} more |"
