"""Who runs this, and where: for a lock that others wait for, and for the history."""

import os
import socket
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path

from reconciler.backends import Holder
from reconciler.cli.verbs.checkout import commit_at
from reconciler.cli.verbs.ci import run_url
from reconciler.rig import Author


def holder(operation: str, environ: Mapping[str, str]) -> Holder:
    """Who takes the lock, for whoever has to wait."""
    return Holder(
        id=uuid.uuid4().hex[:6],
        who=user(),
        host=socket.gethostname(),
        pid=os.getpid(),
        since=datetime.now(UTC).isoformat(timespec="seconds"),
        operation=operation,
        run_url=run_url(environ),
    )


def author_at(folder: Path, environ: Mapping[str, str]) -> Author:
    """On whose behalf a manifest in this folder is applied, and of which commit it is."""
    return Author(account(environ), commit_at(folder, environ), run_url(environ))


def account(environ: Mapping[str, str]) -> str:
    """Who began this run: the CI system's account of a person, or the machine's."""
    return environ.get("GITHUB_ACTOR") or environ.get("GITLAB_USER_LOGIN") or user()


def user() -> str:
    """The name of whoever runs this."""
    try:
        return getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
