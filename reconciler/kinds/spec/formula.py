"""`calculate_output`: the formula that makes one score of several graders' scores."""

import re

_TOKEN = re.compile(r"\d[\w.]*(?:(?<=[eE])[-+]\d+)?|(?P<word>[^\W\d]\w*)\s*(?P<call>\()?")


def scores_named(formula: str) -> frozenset[str]:
    """The words of a formula that stand for a score: neither numbers nor names of functions."""
    tokens = _TOKEN.finditer(formula)
    return frozenset(found["word"] for found in tokens if found["word"] and not found["call"])


def is_paired(formula: str) -> bool:
    """Whether each parenthesis has its other half."""
    depth = 0
    for character in formula:
        depth += (character == "(") - (character == ")")
        if depth < 0:
            return False
    return depth == 0
