"""Which host, repository and pull request a CI run is about, as its environment tells."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reconciler.api.retry import Patience
from reconciler.errors import UsageError
from reconciler.forge.access import access_to
from reconciler.forge.client import Client
from reconciler.forge.forge import Forge
from reconciler.forge.github import GitHub
from reconciler.forge.gitlab import GitLab

_PULL = re.compile(r"refs/pull/(\d+)/")
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")


def forge_of(name: str, environ: Mapping[str, str], patience: Patience) -> Forge:
    """The host of this CI run; `name` is `GitHub` or `GitLab`, or empty where the run tells.

    Raises:
        UsageError: the environment does not say which host or repository it is.
    """
    if not name:
        name = "GitHub" if environ.get("GITHUB_ACTIONS") else ""
        name = name or ("GitLab" if environ.get("GITLAB_CI") else "")
    match name:
        case "GitHub":
            url = environ.get("GITHUB_API_URL") or "https://api.github.com"
            access = access_to(name, url, environ)
            repository = _needed(environ, "GITHUB_REPOSITORY")
            if not _REPOSITORY.fullmatch(repository):
                raise _unknown("GITHUB_REPOSITORY", "it is not of the form OWNER/NAME")
            return GitHub(Client(access, patience), repository)
        case "GitLab":
            url = environ.get("CI_API_V4_URL") or "https://gitlab.com/api/v4"
            access = access_to(name, url, environ)
            project = environ.get("CI_MERGE_REQUEST_PROJECT_ID")
            project = project or _needed(environ, "CI_PROJECT_ID")
            return GitLab(Client(access, patience), project)
        case _:
            raise UsageError(
                "there is no telling where to comment",
                why="neither GitHub Actions nor GitLab CI runs this",
                cure="reconciler comment --github, or --gitlab",
            )


def number_of(environ: Mapping[str, str]) -> int | None:
    """The pull request of this run, if it is one of a pull request."""
    told = environ.get("CI_MERGE_REQUEST_IID", "")
    if told.isdigit():
        return int(told)
    if found := _PULL.match(environ.get("GITHUB_REF", "")):
        return int(found[1])
    event = _event(environ)
    number = event.get("pull_request", {}).get("number") or event.get("number")
    return number if isinstance(number, int) else None


def _event(environ: Mapping[str, str]) -> dict[str, Any]:
    """What GitHub wrote down of the event that began this run."""
    try:
        value = json.loads(Path(environ.get("GITHUB_EVENT_PATH", "")).read_bytes())
    except (OSError, ValueError):
        return {}
    is_about_one = isinstance(value, dict) and isinstance(value.get("pull_request"), dict)
    return value if is_about_one else {}


def _needed(environ: Mapping[str, str], variable: str) -> str:
    if value := environ.get(variable):
        return value
    raise _unknown(variable, "it is not set")


def _unknown(variable: str, why: str) -> UsageError:
    return UsageError(
        "there is no telling which repository it is",
        where=variable,
        why=why,
        cure=f"set {variable}, as the CI system does",
    )
