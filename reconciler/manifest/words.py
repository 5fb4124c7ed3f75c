"""How findings name keys and values: in the words of someone who writes YAML, never a secret."""

from collections.abc import Iterable, Sequence

from reconciler.manifest.finding import Path
from reconciler.manifest.secrets import is_secret

_LONGEST_SHOWN = 60
_LONGEST_GUESSED = 80  # difflib is quadratic in the length of the words
_MOST_COMPARED = 100


def clipped(text: str) -> str:
    """`text`, cut where it would fill the screen and left out where it looks like a secret."""
    if is_secret(text):
        return "(hidden)"
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"


def quoted(text: str) -> str:
    """`text` in double quotes, clipped."""
    return f'"{clipped(text)}"'


def dotted(path: Path) -> str:
    """A path as people write it: `moved[0].from`; the top of the manifest is `the manifest`."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{clipped(step)}" for step in path)
    return "".join(steps).removeprefix(".") or "the manifest"


def found(value: object) -> str:
    """A value as it reads in YAML: `the string "four"`, `the number 4`, `a list`."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"the number {value}"
        case str():
            return f"the string {quoted(value)}"
        case dict():
            return "a mapping"
        case _:
            return "a list"


def either(choices: Sequence[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    *most, last = choices
    return f"{', '.join(most)} or {last}" if most else last


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `word` was probably meant to be, or None."""
    if len(word) > _LONGEST_GUESSED:
        return None
    from difflib import get_close_matches  # noqa: PLC0415  # only on a mistake

    alike = list(candidates)
    if len(alike) > _MOST_COMPARED:  # a section may hold 100,000 names
        alike = [known for known in alike if known[:2] == word[:2] or known[-2:] == word[-2:]]
    return next(iter(get_close_matches(word, alike[:_MOST_COMPARED], n=1)), None)


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """The cure for a misspelt word, or "" where nothing is near."""
    guess = nearest(word, candidates)
    return f'did you mean "{guess}"?' if guess else ""
