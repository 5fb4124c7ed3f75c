"""One comment of ours a pull request: made, kept up to date, or taken away.

It is ours if this token's account wrote it and it begins with our mark. Of several (two runs at
once, or a reply that was lost) the oldest stays.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

from reconciler.errors import Unknown
from reconciler.forge.forge import Comment, Forge

When = Literal["auto", "always", "changes"]
"""`auto` says that nothing is to do only where something was before; `changes` takes it away."""

MOST_TRIES = 3
"""Times that a comment is sent; one that was made though its reply was lost is found first."""


class Outcome(NamedTuple):
    """What was done, and where it is to be seen."""

    done: Literal["created", "updated", "unchanged", "deleted", "closed", "not needed"]
    url: str = ""


class Thread:
    """The pull request, and which comments of it are ours."""

    def __init__(self, forge: Forge, number: int, is_ours: Callable[[str], bool]) -> None:
        self._forge, self.number, self._is_ours = forge, number, is_ours
        self._me = ""

    def ours(self) -> list[Comment]:
        """Our comments, the oldest first."""
        self._me = self._me or self._forge.me()
        found = self._forge.comments(self.number)
        return [each for each in found if each.author == self._me and self._is_ours(each.body)]

    def say(self, body: str, when: When, *, is_quiet: bool) -> Outcome:
        """Have the one comment say `body`; `is_quiet` where that is that nothing is to do."""
        ours = self.ours()
        for other in ours[1:]:
            self._drop(other)
        first = ours[0] if ours else None
        if is_quiet and when == "changes":
            return self._drop(first)
        if first is None:
            return Outcome("not needed") if is_quiet and when == "auto" else self._create(body)
        return self.revise(first, body)

    def revise(self, comment: Comment, body: str) -> Outcome:
        """Have a comment say something else."""
        if is_same(comment.body, body):
            return Outcome("unchanged", comment.url)
        return Outcome("updated", self._forge.update(self.number, comment, body).url)

    def _create(self, body: str) -> Outcome:
        for left in range(MOST_TRIES - 1, -1, -1):
            try:
                return Outcome("created", self._forge.create(self.number, body).url)
            except Unknown:
                if made := self.ours():
                    return Outcome("created", made[0].url)
                if not left:
                    raise
        raise AssertionError("the last try returns or raises")

    def _drop(self, comment: Comment | None) -> Outcome:
        if comment is None:
            return Outcome("not needed")
        self._forge.delete(self.number, comment)
        return Outcome("deleted")


def is_same(one: str, other: str) -> bool:
    """Hosts change line ends and drop blank space at the end."""
    return one.replace("\r\n", "\n").rstrip() == other.rstrip()
