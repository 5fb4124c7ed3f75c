"""What is asked of a host of pull requests."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

LABEL = "reconciler"
"""Of the issues that are ours: a repository may have thousands."""


class Comment(NamedTuple):
    """One comment: the host's number for it, who wrote it, its Markdown, and its page."""

    id: int
    author: str
    body: str
    url: str = ""


class Issue(NamedTuple):
    """An open issue: its number, who opened it, and its Markdown."""

    number: int
    author: str
    body: str
    url: str = ""


class Forge(Protocol):
    """One repository at a host. Every verb raises `ApiError` where the host says no."""

    name: str
    """Of the host, for people: `GitHub`."""
    noun: str
    """What the host calls a pull request."""
    most: int
    """Characters that a comment may have."""

    def me(self) -> str:
        """The author of what this token writes."""
        ...

    def comments(self, number: int) -> Iterator[Comment]:
        """The comments of a pull request, the oldest first."""
        ...

    def create(self, number: int, body: str) -> Comment:
        """Write a comment, once: in doubt (`Unknown`) it may be there or not."""
        ...

    def update(self, number: int, comment: Comment, body: str) -> Comment:
        """Replace the text of a comment."""
        ...

    def delete(self, number: int, comment: Comment) -> None:
        """Take a comment away; one that is gone is no error."""
        ...

    def issues(self) -> Iterator[Issue]:
        """The open issues that bear our label, the oldest first."""
        ...

    def open_issue(self, title: str, body: str) -> Issue:
        """Open an issue with our label, once: in doubt it may be there or not."""
        ...

    def edit_issue(self, issue: Issue, body: str, *, is_open: bool = True) -> Issue:
        """Replace the text of an issue, and close it where it is not to stay open."""
        ...

    def brought(self, commit: str) -> Iterable[int]:
        """The numbers of the merged pull requests that brought a commit, the likeliest first."""
        ...
