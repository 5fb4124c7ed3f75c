"""`reconciler explain`: a rule or an exit code in a few words."""

import textwrap

from reconciler.cli.rules import EXITS, RULES
from reconciler.cli.settings import Settings
from reconciler.errors import UsageError
from reconciler.text import visible


def explain(settings: Settings, /, code: str | None) -> int:
    """Explain CODE: a rule that validate names, or an exit code. Without CODE, list all."""
    known = {**EXITS, **RULES}
    if code is not None and code not in known:
        raise _unknown(code, known)
    chosen = known if code is None else {code: known[code]}
    if settings.out.is_json:
        settings.out.document(chosen)
        return 0
    for name, text in chosen.items():
        head = f"exit {name}" if name in EXITS else name
        settings.out.keep(head, *(f"  {line}" for line in textwrap.wrap(text, 86)))
    return 0


def _unknown(code: str, known: dict[str, str]) -> UsageError:
    from difflib import get_close_matches  # noqa: PLC0415  # only on a mistake

    guess = get_close_matches(code, known, n=1)
    return UsageError(
        f"no rule and no exit code {visible(code)}",
        cure=f"did you mean {guess[0]}?" if guess else "reconciler explain lists them",
    )
