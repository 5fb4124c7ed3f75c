"""Entries added to a manifest's text: all that is there stays as it is, to the byte.

Text is inserted where the parser's places say that a collection ends, or begins. Each draft is read
once more: it counts only if it says what the manifest said, and what was to be added, and nothing
else. A round trip through a library that keeps comments would move quotes, folds and indents, and
add lines to every review that nobody changed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import NamedTuple

from reconciler.errors import InvalidInput, Problem, Refusal
from reconciler.manifest.compose import compose
from reconciler.manifest.spelling import STEP, Members, in_line, lines_of, literal
from reconciler.manifest.tree import Composed, Value

_EMPTY = r"(?:[ \t]+(?:null|~|\{[ \t]*\}|\[[ \t]*\]))?"
_REST = r"(?P<rest>[ \t]*(?:#[^\n]*)?)"


def with_members(text: str, path: tuple[str, ...], members: Members, file: str) -> str:
    """The text of a manifest with these members in the collection at `path`.

    Args:
        path: from the top; what is missing of it is added, too.
        members: of a mapping none of which is there, or further items of a list.

    Raises:
        Refusal: no place for them was found; what to write by hand is told.
    """
    added = literal(members)
    assert isinstance(added, Mapping | Sequence)  # noqa: S101  # for the type checker: it is one
    before = compose(text, file, [])
    wanted = [_joined(before.root, path, added, is_first=first) for first in (False, True)]
    found = _site(before, path, added)
    for draft in _drafts(text, before, found):
        if _reads(draft, file) in wanted:
            return draft
    raise Refusal(
        f"refused: {file} has no place to which entries can be added",
        where=".".join(path) or file,
        why="its layout would have to be changed, or it is behind an anchor",
        cure="write them by hand:\n" + "\n".join(lines_of(found.members, 0, found.opened)),
    )


class _Site(NamedTuple):
    """The nearest collection that is there, and what has to be added to it, in how many levels."""

    path: tuple[str, ...]
    node: Value
    members: Members
    opened: int = 0


def _site(tree: Composed, path: tuple[str, ...], members: Members) -> _Site:
    node: Value = tree.root
    for depth, key in enumerate(path):
        below = node.get(key) if isinstance(node, dict) else None
        if not isinstance(below, dict | list) or not below:
            for name in reversed(path[depth:]):
                members = {name: members}
            return _Site(path[:depth], node, members, len(path) - depth)
        node = below
    return _Site(path, node, members)


def _joined(node: Value, path: tuple[str, ...], members: Members, *, is_first: bool) -> object:
    """The value with the members, as plain data; in a list they are the last, or the first."""
    if path:
        below = node if isinstance(node, dict) else {}
        return {**below, path[0]: _joined(below.get(path[0]), path[1:], members, is_first=is_first)}
    if isinstance(members, Mapping):
        known_keys: dict[str, object] = dict(node) if isinstance(node, dict) else {}
        return known_keys | dict(members)
    known: list[object] = [*node] if isinstance(node, list) else []
    return [*members, *known] if is_first else [*known, *members]


def _reads(text: str, file: str) -> object:
    """What a draft says; nothing, where it has a mistake."""
    problems: list[Problem] = []
    try:
        root = compose(text, file, problems).root
    except InvalidInput:
        return None
    return None if problems else root


def _drafts(text: str, tree: Composed, site: _Site) -> Iterator[str]:
    """The text with the members at each place where they could stand."""
    lines = re.split(r"(?<=\n)", text)
    if isinstance(site.members, Mapping):
        yield from _filled(lines, tree, site)
    for at in _ends(lines, tree, site):
        yield _spliced(lines, at, lines_of(site.members, _column(lines, tree, site), site.opened))
    yield _begun(lines, tree, site)


def _filled(lines: list[str], tree: Composed, site: _Site) -> Iterator[str]:
    """Where the key of what is added stands already, with nothing in it."""
    for key, members in site.members.items() if isinstance(site.members, Mapping) else ():
        if isinstance(site.node, dict) and key in site.node and isinstance(members, Mapping | list):
            place = tree.mark((*site.path, key))
            line, column = lines[place.line - 1], place.column - 1
            spelt = re.escape(line[column:].partition(":")[0])
            head = re.match(rf"(?P<head>[ \t]*{spelt}:){_EMPTY}{_REST}\r?\n?$", line)
            if head:
                kept = [*lines]
                kept[place.line - 1] = f"{head['head']}{head['rest']}{_break(lines)}"
                yield _spliced(kept, place.line, lines_of(members, column + STEP, site.opened - 1))


def _ends(lines: list[str], tree: Composed, site: _Site) -> Iterator[int]:
    """Line numbers at which the collection may end: before comments that are of what follows."""
    stop = _next_line(lines, tree, site.path)
    indent, outer = _column(lines, tree, site), _outer(tree, site.path)
    free = [*takewhile(lambda line: _is_of_next(line, indent, outer), reversed(lines[:stop]))]
    yield stop - len(free) if site.path else stop
    yield stop
    yield from (number for number, line in enumerate(lines) if line.rstrip() == "...")


def _is_of_next(line: str, indent: int, outer: int) -> bool:
    """Whether a line is blank, or a comment that stands further left than what is added."""
    bare = line.lstrip()
    return not bare or (
        bare.startswith("#") and (len(line) - len(bare) < indent or indent == outer)
    )


def _next_line(lines: list[str], tree: Composed, path: tuple[str, ...]) -> int:
    """The first line of what follows the collection."""
    after: list[int] = []
    node: Value = tree.root
    for depth, key in enumerate(path):
        own = tree.mark(path[: depth + 1])
        assert isinstance(node, dict)  # noqa: S101  # a path leads through mappings
        marks = (tree.mark((*path[:depth], each)) for each in node)
        after += [mark.line - 1 for mark in marks if mark > own]
        node = node[key]
    return min(after, default=len(lines))


def _outer(tree: Composed, path: tuple[str, ...]) -> int:
    return tree.mark(path).column - 1 if path else -1


def _column(lines: list[str], tree: Composed, site: _Site) -> int:
    """Where the members of a collection begin; of a list, their dashes."""
    if isinstance(site.node, dict) and site.node:
        return tree.mark((*site.path, next(iter(site.node)))).column - 1
    if isinstance(site.node, list) and site.node:
        mark = tree.mark((*site.path, 0))
        return max(lines[mark.line - 1][: mark.column - 1].rfind("-"), 0)
    return 0


def _spliced(lines: list[str], at: int, added: Iterator[str]) -> str:
    line_break = _break(lines)
    before = "".join(lines[:at])
    if before and not before.endswith("\n"):
        before += line_break
    return before + "".join(f"{line}{line_break}" for line in added) + "".join(lines[at:])


def _break(lines: list[str]) -> str:
    return "\r\n" if lines[0].endswith("\r\n") else "\n"


def _begun(lines: list[str], tree: Composed, site: _Site) -> str:
    """Within brackets: before the first member, wherever that is."""
    if not isinstance(site.node, dict | list) or not site.node:
        return ""
    first = next(iter(site.node)) if isinstance(site.node, dict) else 0
    mark = tree.mark((*site.path, first))
    at = sum(map(len, lines[: mark.line - 1])) + mark.column - 1
    text = "".join(lines)
    return f"{text[:at]}{in_line(site.members)[1:-1]}, {text[at:]}"
