"""`reconciler explain`: a rule or an exit code in a few words, or all rules as a document."""

import textwrap
from collections.abc import Iterator
from typing import Any

import click

from reconciler.cli.settings import Settings
from reconciler.cli.verbs.command_pages import command_page
from reconciler.cli.verbs.schema import schema
from reconciler.errors import UsageError
from reconciler.render.rules_markdown import pages
from reconciler.render.schema_markdown import manifest_page
from reconciler.rules import RULES
from reconciler.rules.exits import EXITS
from reconciler.text import visible

WIDTH = 86


def explain(settings: Settings, /, code: str | None, of: str, format_: str) -> int:
    """Explain CODE: a rule that validate names, or an exit code. Without CODE, list all."""
    if of != "rules":
        settings.out.text(_reference(of, format_))
        return 0
    known = [*EXITS, *RULES]
    if code is not None and code not in known:
        raise _unknown(code, known)
    out, chosen = settings.out, known if code is None else [code]
    if out.is_json:
        out.document({name: _facts(name) for name in chosen})
    elif format_ == "markdown":
        out.text(pages() if code is None else "\n".join(_paragraph(code)))
    else:
        for name in chosen:
            out.keep(*(_page(name) if code in RULES else _paragraph(name)))
    return 0


def _reference(of: str, format_: str) -> str:
    """A page of the documentation that is made from the code."""
    if format_ != "markdown":
        raise UsageError(
            f"--of {of} is a page of Markdown",
            cure=f"reconciler explain --of {of} --format markdown",
        )
    if of == "manifest":
        return manifest_page(schema())
    return command_page(click.get_current_context().find_root().command)


def _facts(name: str) -> dict[str, Any]:
    if name in EXITS:
        return {"says": EXITS[name]}
    return {part: value for part, value in RULES[name]._asdict().items() if value}


def _paragraph(name: str) -> Iterator[str]:
    """Its name, and what it means below it."""
    text = EXITS.get(name) or RULES[name].says
    yield f"exit {name}" if name in EXITS else name
    yield from (f"  {line}" for line in textwrap.wrap(text, WIDTH))


def _page(name: str) -> Iterator[str]:
    """All that is known of a rule."""
    rule = RULES[name]
    yield f"{name} ({rule.severity})"
    yield from (f"  {line}" for line in textwrap.wrap(rule.says, WIDTH))
    for label, text in (("cure:", rule.cure), ("bad:", rule.bad), ("good:", rule.good)):
        if text:
            yield f"  {label:<6} {text}"


def _unknown(code: str, known: list[str]) -> UsageError:
    from difflib import get_close_matches  # noqa: PLC0415  # only on a mistake

    guess = get_close_matches(code, known, n=1)
    return UsageError(
        f"no rule and no exit code {visible(code)}",
        cure=f"did you mean {guess[0]}?" if guess else "reconciler explain lists them",
    )
