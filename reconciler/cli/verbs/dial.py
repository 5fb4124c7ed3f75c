"""The endpoint that a manifest names, connected; its simulator started for as long as that."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path

from reconciler.api import Api, Endpoint, connect, resolve_endpoint
from reconciler.api.retry import Patience
from reconciler.cli.out import Out
from reconciler.cli.verbs.checkout import STATE
from reconciler.cli.verbs.retries import Retries
from reconciler.cli.verbs.stop import Stop
from reconciler.errors import ReconcilerError
from reconciler.extras import needs_extra
from reconciler.manifest import Manifest

NOWHERE = "http://127.0.0.1/v1"
"""Where a simulator would be that is not started."""

PACE = "RECONCILER_SANDBOX_PACE"
"""How fast the simulator trains: `instant`, `2x`, or three numbers of seconds."""


def waiting_of(out: Out, stop: Stop | None = None) -> Patience:
    """How requests wait to be tried again: it is said, and whoever wants to stop ends it."""
    tell = Retries(out).tell
    return (
        Patience(pause=stop.pause, is_over=lambda: stop.is_over, tell=tell)
        if stop
        else Patience(tell=tell)
    )


@contextmanager
def open_api(
    manifest: Manifest,
    root: Path,
    environ: Mapping[str, str],
    waiting: Patience,
    *,
    is_offline: bool = False,
) -> Iterator[tuple[Endpoint, Api]]:
    """The endpoint of a manifest; the sandbox is started for as long as it is needed."""
    provider = manifest.provider
    is_ours = provider.kind == "sandbox" and not provider.base_url
    begun = _sandbox(root, environ) if is_ours and not is_offline else nullcontext(NOWHERE)
    with begun as sandbox_url:
        endpoint = resolve_endpoint(
            provider.kind,
            sandbox_url if is_ours else provider.base_url,
            provider.organization,
            provider.project,
            environ,
            needs_key=not is_offline,
        )
        with connect(endpoint, waiting) as api:
            yield endpoint, api


@contextmanager
def _sandbox(root: Path, environ: Mapping[str, str]) -> Iterator[str]:
    from reconciler.sandbox.embedded import embed  # noqa: PLC0415  # only the sandbox pays
    from reconciler.sandbox.pace import Pace  # noqa: PLC0415

    store = root / STATE / "sandbox.db"
    with ExitStack() as stack:
        try:
            with needs_extra("sandbox"):
                pace = Pace.parse(environ.get(PACE, "1x"))
                sandbox = stack.enter_context(embed(store, pace=pace))
        except (OSError, ValueError) as error:
            anew = f"delete that file to begin anew, or correct {PACE}"
            room = "make room on that disk, or its folder writable; then the same command again"
            raise ReconcilerError(
                "the simulator cannot start",
                where=f"{STATE}/{store.name}",
                why=str(error),
                cure=room if isinstance(error, OSError) else anew,
            ) from error
        yield sandbox.base_url
