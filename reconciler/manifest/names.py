"""What can be a name, with a cure for the usual slips."""

import re

from reconciler.core.address import NAME
from reconciler.manifest.words import clipped

NAME_RULE = "a name starts with a-z or 0-9 and has up to 63 of a-z 0-9 _ -"


def is_name(text: str) -> bool:
    """Whether `text` can name a project or a resource."""
    return NAME.fullmatch(text) is not None


def as_name(text: str) -> str:
    """The nearest text that is a name, or "" where nothing of it can stay."""
    return re.sub(r"[^a-z0-9_-]+", "-", text[:63].lower()).strip("-_")


def name_cure(text: str) -> str:
    """What to write instead of `text`."""
    name = as_name(text)
    return f'write "{name}"' if name and clipped(text) == text else ""
