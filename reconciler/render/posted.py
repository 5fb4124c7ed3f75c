"""A plan's page as it stands in a comment: read back, and marked once it was applied.

A page comes back from a host where others may edit it, so nothing of it but its first line and its
heading is read, and only in the form in which `plan_markdown` writes them.
"""

import re
from typing import NamedTuple, Self

from reconciler.core.address import NAME
from reconciler.render.foreign_markdown import link
from reconciler.render.plan_markdown import ALERT, DRIFT

_HEAD = "<!-- reconciler:plan v1 "
_MARKER = re.compile(
    rf"{_HEAD}project=(?P<project>{NAME.pattern})(?: env=(?P<environment>{NAME.pattern}))? "
    r"digest=(?P<digest>[0-9a-f]{64}) truncated=(?P<cut>[01]) -->"
)
_QUIET = re.compile(r"### \S+: nothing to do")
_APPLIED = " <!-- applied -->"
"""Stands in the heading before the words about an apply."""


class Posted(NamedTuple):
    """What the first lines of a page say.

    Attributes:
        environment: empty where there are none.
        is_cut: whether something was left out, so that it approves nothing.
        is_quiet: whether there is nothing to do.
        has_drift: whether it tells of what changed outside.
        has_alert: whether it tells of what is refused, failed or not settled.
    """

    project: str
    environment: str
    digest: str
    is_cut: bool
    is_quiet: bool
    has_drift: bool = False
    has_alert: bool = False

    @classmethod
    def read(cls, text: str) -> Self | None:
        """What a page says; None where the text is none."""
        first, _, rest = text.partition("\n")
        found = _MARKER.fullmatch(first.rstrip())
        if not found:
            return None
        environment, is_cut = found["environment"] or "", found["cut"] == "1"
        is_quiet = _QUIET.match(rest) is not None
        lines = rest.replace("\r", "").split("\n")
        told = DRIFT in lines, f"> [!{ALERT}]" in lines
        return cls(found["project"], environment, found["digest"], is_cut, is_quiet, *told)

    @property
    def owner(self) -> str:
        """`project`, or `project/environment`: one comment for each."""
        return "/".join(part for part in (self.project, self.environment) if part)


def marked(text: str, words: str, run_url: str) -> str:
    """The page with words about its apply in its heading, instead of earlier ones."""
    marker, heading, rest = (*text.split("\n", 2), "")[:3]
    heading = heading.partition(_APPLIED)[0].rstrip()
    told = link(words, run_url) or words
    return "\n".join((marker, f"{heading}{_APPLIED} · {told}", rest))
