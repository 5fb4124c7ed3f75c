"""A key taken out of a manifest's text: all else stays as it is, to the byte.

As with what is added (`insertion`), each draft is read once more: it counts only if it says what
the manifest said without that key, and nothing else.
"""

import re
from collections.abc import Iterator

from reconciler.errors import InvalidInput, Problem, Refusal
from reconciler.manifest.compose import compose
from reconciler.manifest.tree import Composed, Value

_SCALAR = r"(?:\"[^\"\n]*\"|'[^'\n]*'|[^,{}\[\]\s#][^,{}\[\]\n#]*)"


def without(text: str, path: tuple[str, ...], file: str, *, least: int = 1) -> str:
    """The text of a manifest without the scalar at `path`.

    A mapping that has nothing else goes with it, as empty it would say something else; the path
    of what goes has `least` keys at the least.

    Raises:
        Refusal: it cannot be taken out without changing the rest; what to do by hand is told.
    """
    before = compose(text, file, [])
    whole = _whole(before.root, path, least)
    wanted = _less(before.root, whole)
    for draft in _drafts(text, before, path, whole):
        if _same(_reads(draft, file)) == _same(wanted):
            return draft
    mark = before.mark(path)
    raise Refusal(
        f"refused: {'.'.join(path)} cannot be taken out of {file}",
        where=str(mark),
        why="its layout would have to be changed, or it is behind an anchor",
        cure=f"take {'.'.join(whole)} out by hand",
    )


def _same(node: object) -> object:
    """What says nothing is nothing, however it is spelt."""
    if isinstance(node, dict):
        return {key: _same(value) for key, value in node.items()} or None
    return node


def _whole(root: Value, path: tuple[str, ...], least: int) -> tuple[str, ...]:
    """The path of what goes: as far up as there is nothing else."""
    nodes: list[Value] = [root]
    for key in path[:-1]:
        below = nodes[-1]
        nodes.append(below.get(key) if isinstance(below, dict) else None)
    length = len(path)
    while length > least and isinstance(below := nodes[length - 1], dict) and len(below) == 1:
        length -= 1
    return path[:length]


def _less(node: Value, path: tuple[str, ...]) -> Value:
    if not isinstance(node, dict):
        return node
    if len(path) == 1:
        return {key: value for key, value in node.items() if key != path[0]}
    return {key: _less(v, path[1:]) if key == path[0] else v for key, v in node.items()}


def _reads(text: str, file: str) -> object:
    problems: list[Problem] = []
    try:
        root = compose(text, file, problems).root
    except InvalidInput:
        return None
    return None if problems else root


def _drafts(
    text: str, tree: Composed, path: tuple[str, ...], whole: tuple[str, ...]
) -> Iterator[str]:
    """Its lines without those from its first key to its value; or its place within brackets."""
    lines = re.split(r"(?<=\n)", text)
    first, last = tree.mark(whole), tree.mark(path)
    yield "".join((*lines[: first.line - 1], *lines[last.line :]))
    line, column = lines[first.line - 1], first.column - 1
    head, rest = line[:column], line[column:]
    key = re.escape(rest.partition(":")[0])
    for value in (_SCALAR, r"\{.*?\}+?"):
        for cut, kept in ((rf"{key}:\s*{value}\s*,\s*", head), (rf"{key}:\s*{value}\s*", "")):
            if found := re.match(cut, rest):
                before = kept or re.sub(r",\s*$", "", head)
                after = before + rest[found.end() :]
                yield "".join((*lines[: first.line - 1], after, *lines[first.line :]))
