"""Who objects belong to: a project, or one environment of it. It stands in every marker."""

from typing import NamedTuple


class Owner(NamedTuple):
    """`project`, or `project/environment`; two repositories never share one."""

    project: str
    environment: str = ""

    def __str__(self) -> str:
        return "/".join(self.parts)

    @property
    def parts(self) -> tuple[str, ...]:
        """Project and environment, the latter only where there is one."""
        return tuple(part for part in self if part)


Owners = tuple[Owner, ...]
"""The owner first, then the earlier names whose markers are still ours."""
