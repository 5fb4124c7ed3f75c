"""`reconciler comment`: the plan on its pull request, its digest there, what became of it."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from reconciler.backends.durable import explained
from reconciler.cli.settings import Settings
from reconciler.cli.verbs.ci import commit, run_url
from reconciler.cli.verbs.ci_files import put_out
from reconciler.cli.verbs.dial import waiting_of
from reconciler.cli.verbs.workspace import read_manifest
from reconciler.core.owner import Owner
from reconciler.core.saved_plan import START
from reconciler.errors import ExitCode, InvalidInput, Problem, Refusal, UsageError
from reconciler.forge.drift import tell_drift
from reconciler.forge.forge import Forge
from reconciler.forge.place import forge_of, number_of
from reconciler.forge.sticky import Outcome, Thread, When
from reconciler.regular import open_regular
from reconciler.render.posted import Posted, marked


def comment(
    settings: Settings,
    /,
    file: Path | None,
    host: str | None,
    when: When,
    number: int | None,
    applied: int | None,
    issue: bool,
    reviewed: bool,
) -> int:
    """Post the plan to a pull request, or mark it there as applied, or tell its digest."""
    if sum((file is not None or issue, applied is not None, reviewed)) > 1:
        raise UsageError("FILE, --applied and --reviewed exclude each other")
    page = "" if reviewed or applied is not None else _page(file)
    posted = _read(page, file) if page else None
    owner = posted.owner if posted else _owner(settings)
    forge = forge_of(host or "", settings.environ, waiting_of(settings.out))
    if posted and issue:
        return _tell_drift(settings, forge, posted, _fitting(page, forge))
    number = number or _number(settings, forge)
    if number is None:
        return _no_request(settings, forge, must_be=applied is None)
    thread = Thread(forge, number, lambda body: _is_of(owner, body))
    if posted:
        is_quiet = posted.is_quiet and not posted.has_alert  # else a red check explains nothing
        outcome = thread.say(_fitting(page, forge), when, is_quiet=is_quiet)
    elif applied is not None:
        outcome = _mark(settings, thread, applied)
    else:
        return _tell(settings, forge, thread, owner)
    _told(settings, outcome, f"comment on {forge.noun} {number}", number)
    return ExitCode.DONE


def _page(file: Path | None) -> str:
    """The page to post, bounded by what any host takes."""
    most = 4_000_000
    if file is None:
        return sys.stdin.read(most)
    with explained("read the page", str(file)), os.fdopen(open_regular(file), "rb") as stream:
        return stream.read(most).decode("utf-8", "replace")


def _read(page: str, file: Path | None) -> Posted:
    posted = Posted.read(page)
    if posted is None:
        shown = str(file) if file else "stdin"
        is_saved = page.startswith(START.decode())
        why = (
            "it is a saved plan, for apply" if is_saved else "its first line has no mark of a plan"
        )
        cure = "reconciler plan --format markdown > page.md, then reconciler comment page.md"
        what = f"not the page of a plan: {shown}"
        raise InvalidInput([Problem(what, "not-a-page", where=shown, why=why, cure=cure)])
    return posted


def _owner(settings: Settings) -> str:
    manifest = read_manifest(settings)
    return str(Owner(manifest.project, manifest.environment))


def _is_of(owner: str, body: str) -> bool:
    posted = Posted.read(body)
    return posted is not None and posted.owner == owner


def _number(settings: Settings, forge: Forge) -> int | None:
    """The pull request of this run, or the one that brought its commit."""
    if found := number_of(settings.environ):
        return found
    sha = commit(settings.environ)
    return next(iter(forge.brought(sha)), None) if sha else None


def _no_request(settings: Settings, forge: Forge, *, must_be: bool) -> int:
    what, why = f"no {forge.noun} is known", "neither this run nor its commit belongs to one"
    if must_be:
        raise UsageError(what, why=why, cure="reconciler comment --number NUMBER")
    settings.out.say(f"note: {what}: {why}; nothing was marked")
    return ExitCode.DONE


def _fitting(page: str, forge: Forge) -> str:
    """A page is cut when it is made; one that is too long all the same is somebody else's."""
    if len(page) <= forge.most:
        return page
    what = f"the page is longer than {forge.name} takes"
    why = f"it has {len(page):,} characters of {forge.most:,}"
    raise InvalidInput([Problem(what, "page-too-long", why=why, cure="post what plan wrote")])


def _mark(settings: Settings, thread: Thread, code: int) -> Outcome:
    """Say in the heading how the apply ended, and when."""
    ours = thread.ours()
    if not ours:
        return Outcome("not needed")
    how = "applied" if code == ExitCode.DONE else f"**apply ended with exit {code}**"
    words = f"{how} {datetime.now(UTC):%H:%M}Z"
    return thread.revise(ours[0], marked(ours[0].body, words, run_url(settings.environ)))


def _tell(settings: Settings, forge: Forge, thread: Thread, owner: str) -> int:
    """The digest to apply with, from our own comment and no other."""
    posted = next((Posted.read(each.body) for each in thread.ours()), None)
    if posted is None or posted.is_cut:
        said = "its comment is cut, and approves nothing" if posted else "no comment says it"
        raise Refusal(
            f"refused: what was reviewed of {owner} is not known",
            where=f"{forge.noun} {thread.number}",
            why=said,
            cure="reconciler plan, review it, and reconciler apply --expect DIGEST",
        )
    put_out(settings, {"digest": posted.digest})
    settings.out.result(posted.digest, digest=posted.digest, number=thread.number)
    return ExitCode.DONE


def _tell_drift(settings: Settings, forge: Forge, posted: Posted, page: str) -> int:
    """Keep one issue open while something was changed outside."""
    owner, is_over = posted.owner, posted.is_quiet and not posted.has_drift
    title = f"{owner}: changed outside since the last apply"
    outcome = tell_drift(forge, lambda body: _is_of(owner, body), title, page, is_over=is_over)
    _told(settings, outcome, "issue")
    return ExitCode.DONE


def _told(settings: Settings, outcome: Outcome, place: str, number: int | None = None) -> None:
    words = f"{outcome.done}: {place}"
    url = outcome.url if outcome.url.startswith("http") else ""
    facts = {"done": outcome.done, "number": number, "url": url}
    settings.out.result(f"{words}, {url}" if url else words, **facts)
