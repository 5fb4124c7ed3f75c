"""`reconciler doctor`: what is used and where it comes from, and what of it works."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from reconciler.api import Api, Endpoint
from reconciler.api.clock import uptime
from reconciler.api.retry import Patience
from reconciler.backends import Holder
from reconciler.backends.holder import describe
from reconciler.cli.out import Out
from reconciler.cli.settings import Settings
from reconciler.cli.told import error_document, error_lines, problem_lines
from reconciler.cli.verbs.dial import open_api
from reconciler.cli.verbs.surroundings import ci_words, proxy_words, trust_words, versions
from reconciler.cli.verbs.validate import declared
from reconciler.cli.verbs.workspace import backend_of, read_manifest
from reconciler.core.owner import Owner
from reconciler.core.state import State
from reconciler.errors import ExitCode, InvalidInput, ReconcilerError, Unreachable
from reconciler.manifest import Manifest
from reconciler.render.glyphs import paint
from reconciler.round import load as load_state
from reconciler.text import visible

T = TypeVar("T")

AT_ONCE = Patience(is_over=lambda: True)
"""Nothing is tried again: how it is now is the answer."""

MOST_SKEW = 300
"""Seconds by which clocks may differ; object stores refuse what is signed 15 minutes off."""

SLOW = 0.1
"""Seconds from which on it is said how long something took."""

READS: Mapping[str, Callable[[Api], list[Any]]] = {
    "files": lambda api: api.newest_files(1),
    "jobs": lambda api: api.newest_jobs(1),
    "models": lambda api: api.list_models(),
}
"""What each part of the API is asked, and nothing else."""


@dataclass(frozen=True)
class Trial:
    """One thing that was tried: how it went, in words or as an error, and for how long."""

    name: str
    words: str = ""
    error: ReconcilerError | None = None
    seconds: float = 0.0


@dataclass
class Examination:
    """What was found out so far: facts by label, and what was tried."""

    settings: Settings
    facts: dict[str, str] = field(default_factory=dict)
    trials: list[Trial] = field(default_factory=list)

    def tried(
        self, name: str, attempt: Callable[[], T], words: Callable[[T], str] = lambda _: ""
    ) -> T | None:
        """What an attempt gives; None where it fails, which is noted."""
        begun = uptime()
        try:
            made = attempt()
        except ReconcilerError as error:
            self.trials.append(Trial(name, error=error, seconds=uptime() - begun))
            return None
        self.trials.append(Trial(name, words(made), seconds=uptime() - begun))
        return made


def doctor(settings: Settings, /) -> int:
    """Show what is used and from where, and try what works. Nothing is sent but reads."""
    found = Examination(settings)
    found.facts |= {
        "reconciler": versions(),
        "proxy": proxy_words(),
        "certificates": trust_words(settings.environ),
        "CI": ci_words(settings),
    }
    with ExitStack() as stack, settings.out.passing("looking …"):
        if manifest := found.tried("manifest", lambda: read_manifest(settings), _declared):
            endpoint = _endpoint(found, manifest, stack)
            _state(found, manifest, endpoint)
    failed = [trial for trial in found.trials if trial.error]
    _tell(settings.out, found, failed)
    return ExitCode.FAILED if failed else ExitCode.DONE


def _declared(manifest: Manifest) -> str:
    return f"{Owner(manifest.project, manifest.environment)}: {declared(manifest)}"


def _endpoint(found: Examination, manifest: Manifest, stack: ExitStack) -> Endpoint | None:
    """Which it is and where its key is from; then a read of each of its parts."""
    settings = found.settings
    root, environ = settings.manifest.absolute().parent, settings.environ
    way: AbstractContextManager[tuple[Endpoint, Api]]
    way = open_api(manifest, root, environ, AT_ONCE, allowed=settings.allowed)
    opened = found.tried("endpoint", lambda: stack.enter_context(way), lambda both: _place(both[0]))
    if opened is None:
        return None
    endpoint, api = opened
    found.facts["key"] = (
        endpoint.key_note.removeprefix("key from ")
        if endpoint.kind != "sandbox"
        else "none is needed"
    )
    found.facts["dialect"] = ", ".join(_dialect(endpoint))
    for name, read in READS.items():
        found.tried(name, partial(read, api), _answered)
        if isinstance(found.trials[-1].error, Unreachable):
            return endpoint  # the others would only say it again
    _clock(found, api)
    return endpoint


def _place(endpoint: Endpoint) -> str:
    organization = f" · organization {endpoint.organization}" if endpoint.organization else ""
    project = f" · project {endpoint.project}" if endpoint.project else ""
    place = "simulator" if endpoint.kind == "sandbox" else endpoint.base_url
    return f"{endpoint.kind} · {place}{organization}{project}"


def _dialect(endpoint: Endpoint) -> Iterator[str]:
    """What is known of this kind of server before it is asked."""
    dialect = endpoint.dialect
    yield f"key in {'api-key' if dialect.auth == 'api-key' else 'Authorization'}"
    yield f"{dialect.files_page:,} files and {dialect.jobs_page} jobs a page"
    if not dialect.pauses:
        yield "cannot pause jobs"
    if not dialect.uploads_parts:
        yield "no upload in parts"
    if not dialect.deletes_models:
        yield "deletes no models"


def _answered(found: list[Any]) -> str:
    return "answers" if found else "answers; there are none"


def _clock(found: Examination, api: Api) -> None:
    there = api.now()
    if there is None:
        return
    skew = round(api.wall() - there)
    error = None
    if abs(skew) > MOST_SKEW:
        error = ReconcilerError(
            f"this machine's clock is {abs(skew)} s {'ahead' if skew > 0 else 'behind'}",
            where="the Date of the endpoint's last answer",
            why="certificates and signed requests of object stores may be refused",
            cure="set the clock (NTP); ages of objects are told by the endpoint's, and are right",
        )
    found.trials.append(Trial("clock", f"within {max(abs(skew), 1)} s of the endpoint's", error))


def _state(found: Examination, manifest: Manifest, endpoint: Endpoint | None) -> None:
    """Where the state is, whether it can be read, and who holds it."""
    settings, owner = found.settings, Owner(manifest.project, manifest.environment)
    backend = found.tried(
        "backend", lambda: backend_of(manifest, settings), lambda backend: backend.name
    )
    if backend is None:
        return
    source = "RECONCILER_STATE" if settings.environ.get("RECONCILER_STATE") else "the manifest"
    found.facts["state"] = f"{backend.name}, from {source}"
    place, organization, project = endpoint.identity if endpoint else ("", None, None)
    identity = (place, organization or "", project or "")
    earlier = [Owner(name, manifest.environment) for name in manifest.previous_projects]
    with closing(backend):
        if endpoint:
            found.tried(
                "state",
                lambda: load_state(backend, owner, identity, "", earlier=earlier).state,
                _recorded,
            )
        found.tried("lock", backend.holder, _held)


def _recorded(state: State) -> str:
    if not state.serial:
        return "there is none yet"
    return f"serial {state.serial}, {len(state.records)} records, {len(state.pending)} unsettled"


def _held(holder: Holder | None) -> str:
    return f"held by {describe(holder, datetime.now(UTC))}" if holder else "free"


def _tell(out: Out, found: Examination, failed: list[Trial]) -> None:
    if out.is_json:
        out.document(
            {"ok": not failed, "facts": found.facts, "trials": [*map(_document, found.trials)]}
        )
        return
    pad = max(map(len, (*found.facts, *(trial.name for trial in found.trials))))
    out.keep(*(f"{label:<{pad}}    {visible(words)}" for label, words in found.facts.items()), "")
    out.keep(*(_line(trial, pad) for trial in found.trials), "")
    for trial in failed:
        if isinstance(trial.error, InvalidInput):
            out.keep(*problem_lines(trial.error.problems))
        elif trial.error:
            out.keep(*error_lines(trial.error, f"{trial.name}: ", out.options))
    works = len(found.trials) - len(failed)
    out.keep(f"Doctor: {works} of {len(found.trials)} work")


def _line(trial: Trial, pad: int) -> str:
    sign = paint("✗", "failed") if trial.error else paint("✓", "done")
    words = trial.error.what if trial.error else trial.words
    took = f"  {trial.seconds:.2f}s" if trial.seconds >= SLOW else ""
    return f"{sign} {trial.name:<{pad}}  {visible(words)}{took}"


def _document(trial: Trial) -> dict[str, Any]:
    document = {"name": trial.name, "ok": trial.error is None, "seconds": round(trial.seconds, 3)}
    if trial.error is None:
        return document | {"words": trial.words}
    return document | {"error": error_document(trial.error)}
