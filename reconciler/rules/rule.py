"""A rule: what it means, why it is there, and what to do about a finding."""

from typing import Literal, NamedTuple

Severity = Literal["error", "warning"]


class Rule(NamedTuple):
    """One kind of finding, under a code that never changes its meaning.

    Attributes:
        severity: a warning leaves the exit code 0, unless the manifest denies it.
        says: what is wrong and why it matters.
        cure: what to do.
        bad: a line of a dataset that it finds fault with.
        good: the same line, right.
        is_quality: it judges the data, not its form; the manifest can deny or ignore it.
    """

    severity: Severity
    says: str
    cure: str = ""
    bad: str = ""
    good: str = ""
    is_quality: bool = False

    @property
    def short_cure(self) -> str:
        """The cure as the last part of an error: its first sentence, as it goes on from there."""
        first = self.cure.partition(". ")[0].rstrip(".")
        return first[:1].lower() + first[1:]


def error(says: str, cure: str = "", bad: str = "", good: str = "") -> Rule:
    """A rule whose findings are refused."""
    return Rule("error", says, cure, bad, good)


def warning(says: str, cure: str = "", bad: str = "", good: str = "") -> Rule:
    """A rule whose findings are told."""
    return Rule("warning", says, cure, bad, good)


def quality(says: str, cure: str, bad: str = "", good: str = "") -> Rule:
    """A rule about what the data teach."""
    return Rule("warning", says, cure, bad, good, is_quality=True)
