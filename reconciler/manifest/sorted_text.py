"""A manifest's text with its keys in order: the same manifest, and every comment where it was.

Pieces of the text are moved as they are, and nothing is written anew from values: quotes, block
scalars, anchors and comments cannot get lost on the way. What came of it is read once more.
"""

import json
from collections import Counter

import yaml

from reconciler.errors import InvalidInput, Problem, Refusal
from reconciler.manifest.canonical import Guide
from reconciler.manifest.compose import compose
from reconciler.manifest.sorted_blocks import sorted_blocks
from reconciler.manifest.sorted_flow import sorted_flow


def sorted_text(text: str, guide: Guide, file: str) -> str:
    """The text of a manifest, or of a file that one includes, in order.

    Raises:
        InvalidInput: it is not YAML, or has mistakes that leave no tree.
        Refusal: what came of it would say something else.
    """
    problems: list[Problem] = []
    before = compose(text, file, problems).root
    if problems:
        raise InvalidInput(problems)
    result = sorted_flow(text, guide)
    try:
        result = sorted_blocks(result, guide)
    except yaml.YAMLError:
        raise _refused(text, result, file) from None
    if result != text and not (_is_complete(text, result) and _says(result, file) == _said(before)):
        raise _refused(text, result, file)
    return result


def _is_complete(text: str, result: str) -> bool:
    """Whether everything that can be seen is still there."""
    return Counter("".join(text.split())) == Counter("".join(result.split()))


def _says(text: str, file: str) -> str:
    try:
        return _said(compose(text, file, []).root)
    except InvalidInput:
        return ""


def _said(root: object) -> str:
    """A tree as JSON: unlike Python, it tells 1 from true and from 1.0."""
    return json.dumps(root, sort_keys=True, default=repr)


def _refused(text: str, result: str, file: str) -> Refusal:
    both = zip(text.split("\n"), result.split("\n"), strict=False)
    line = next((n for n, (old, new) in enumerate(both, 1) if old != new), 1)
    return Refusal(
        "refused: this cannot be sorted without changing what it says",
        where=f"{file}:{line}",
        why="the text read after it was sorted is another manifest, or a comment would be lost",
        cure="sort from there on by hand; nothing was written",
    )
