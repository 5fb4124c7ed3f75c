"""Who speaks in a dataset and which tools it names: what a new version may add or lose."""

from collections.abc import Sequence
from typing import Any

from reconciler.datasets.finding import Row
from reconciler.datasets.plain import ROLES, Usual

MOST = 64
"""Names told apart; where there are so many, which of them were taken is by chance."""

LONGEST = 64
"""Characters of a name; what is longer is none."""


class Shape:
    """Watches roles and the names of tools."""

    def __init__(self) -> None:
        self.roles: set[str] = set()
        self.tools: set[str] = set()

    def begin(self, first: int, lines: Sequence[bytes]) -> None:
        """There is nothing to prepare."""

    def see_plain(self, usual: Usual) -> None:
        """Take the roles of the usual examples of a block."""
        for role in set(map(type, usual.said)):
            _take(self.roles, ROLES[role])

    def see(self, row: Row) -> None:
        """Take the names of one example."""
        messages, tools = row.value.get("messages"), row.value.get("tools")
        for message in messages if isinstance(messages, list) else ():
            if isinstance(message, dict):
                _take(self.roles, message.get("role"))
        for tool in tools if isinstance(tools, list) else ():
            function = tool.get("function") if isinstance(tool, dict) else None
            if isinstance(function, dict):
                _take(self.tools, function.get("name"))

    def merge(self, other: Any) -> None:  # noqa: ANN401  # a watcher of this class
        """Add the names of another part of the file."""
        self.roles |= other.roles
        self.tools |= other.tools


def _take(names: set[str], name: object) -> None:
    if isinstance(name, str) and len(name) <= LONGEST and len(names) < MOST:
        names.add(name)
