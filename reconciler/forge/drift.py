"""One issue of ours that is open while something is other than it was left, and no longer."""

import re
from collections.abc import Callable

from reconciler.errors import Unknown
from reconciler.forge.forge import Forge, Issue
from reconciler.forge.sticky import Outcome, is_same

_FOOT = re.compile(r"<sub>.*</sub>\s*\Z")
"""Names the commit and the run of the page: another each night."""


def tell_drift(
    forge: Forge, is_ours: Callable[[str], bool], title: str, body: str, *, is_over: bool
) -> Outcome:
    """Open the issue, keep its text up to date, or close it where it `is_over`.

    Its text changes only with what it tells, so that whoever watches it hears of nothing else.
    """
    ours = _ours(forge, is_ours)
    if is_over:
        for issue in ours:
            forge.edit_issue(issue, body, is_open=False)
        return Outcome("closed", ours[0].url) if ours else Outcome("not needed")
    if not ours:
        return Outcome("created", _opened(forge, is_ours, title, body).url)
    first = ours[0]
    if is_same(_FOOT.sub("", first.body), _FOOT.sub("", body)):
        return Outcome("unchanged", first.url)
    return Outcome("updated", forge.edit_issue(first, body).url)


def _ours(forge: Forge, is_ours: Callable[[str], bool]) -> list[Issue]:
    me = forge.me()
    return [each for each in forge.issues() if each.author == me and is_ours(each.body)]


def _opened(forge: Forge, is_ours: Callable[[str], bool], title: str, body: str) -> Issue:
    """In doubt it is looked for; what is not there then, the next night opens."""
    try:
        return forge.open_issue(title, body)
    except Unknown:
        if found := _ours(forge, is_ours):
            return found[0]
        raise
