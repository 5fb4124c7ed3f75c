"""What is asked of a host of pull requests."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol


class Comment(NamedTuple):
    """One comment: the host's number for it, who wrote it, its Markdown, and its page."""

    id: int
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

    def brought(self, commit: str) -> Iterable[int]:
        """The numbers of the merged pull requests that brought a commit, the likeliest first."""
        ...
