"""Flow mappings (`{a: 1, b: 2}`) sorted in their text: the pieces move, what is between stays."""

import re
from collections.abc import Iterator

from reconciler.manifest.arranged import arranged
from reconciler.manifest.canonical import Guide
from reconciler.manifest.spans import Span, spans

_BETWEEN = re.compile(r"\s*,\s*")
_BEHIND = re.compile(r"\s*,?\s*\}")


def sorted_flow(text: str, guide: Guide) -> str:
    """The text with its flow mappings in order; one with a comment between its keys stays."""
    root = spans(text)
    return text[: root.start] + _sorted(text, root, guide) + text[root.end :]


def _sorted(text: str, span: Span, guide: Guide) -> str:
    """The text of one node."""
    if span.pairs and span.is_flow:
        return _sorted_mapping(text, span, guide)
    parts, at = [], span.start
    for child, below in _below(span, guide):
        parts += [text[at : child.start], _sorted(text, child, below)]
        at = child.end
    return "".join((*parts, text[at : span.end]))


def _below(span: Span, guide: Guide) -> Iterator[tuple[Span, Guide]]:
    for key, value in span.pairs or ():
        yield value, guide.at(key.key)
    for item in span.items or ():
        yield item, guide.of_items()


def _sorted_mapping(text: str, span: Span, guide: Guide) -> str:
    pairs = span.pairs or []
    pieces = [
        text[key.start : value.start] + _sorted(text, value, guide.at(key.key))
        for key, value in pairs
    ]
    ends = [max(key.end, value.end) for key, value in pairs]
    starts = [key.start for key, _ in pairs[1:]]
    between = [text[end:start] for end, start in zip(ends, starts, strict=False)]
    opening, behind = text[span.start : pairs[0][0].start], text[ends[-1] : span.end]
    is_plain = _BEHIND.fullmatch(behind) and all(map(_BETWEEN.fullmatch, between))
    if guide.has_order and is_plain and "?" not in opening:  # `{? KEY : VALUE}`
        ranks = [guide.rank(key.key) for key, _ in pairs]
        touched = [key.touched | value.touched for key, value in pairs]
        pieces = [pieces[n] for n in arranged(ranks, touched)]
    inner = "".join(p + gap for p, gap in zip(pieces, (*between, behind), strict=True))
    return opening + inner
