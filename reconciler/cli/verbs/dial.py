"""The endpoint that a manifest names, connected; its simulator started for as long as that."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path

from reconciler.api import Api, Endpoint, connect, resolve_endpoint
from reconciler.api.retry import Patience
from reconciler.cli.out import Out
from reconciler.cli.verbs.checkout import STATE
from reconciler.cli.verbs.retries import Retries
from reconciler.cli.verbs.stop import Stop
from reconciler.errors import ReconcilerError, Refusal
from reconciler.extras import needs_extra
from reconciler.manifest import Manifest
from reconciler.manifest.paths import PathRefused, confine

NOWHERE = "http://127.0.0.1/v1"
"""Where a simulator would be that is not started."""

WORLD = f"{STATE}/sandbox.db"
"""The simulator's store, below the manifest's folder."""

_PLAIN = f"remove what is there, or make it a plain file of the folder {STATE}"

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
    allowed: Sequence[Path] = (),
    is_offline: bool = False,
) -> Iterator[tuple[Endpoint, Api]]:
    """The endpoint of a manifest; the sandbox is started for as long as it is needed.

    Args:
        allowed: folders outside `root` that the operator opened (`--allow-path`).
    """
    provider = manifest.provider
    is_ours = provider.kind == "sandbox" and not provider.base_url
    starts = is_ours and not is_offline
    begun = _sandbox(_world(root, allowed), environ) if starts else nullcontext(NOWHERE)
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


def _world(root: Path, allowed: Sequence[Path]) -> Path:
    """The file of the simulator's world; a pull request can put a link in its place.

    Raises:
        Refusal: it is one, or leads out of the manifest's folder.
    """
    try:
        confine(root, WORLD, allowed, must_exist=False)
    except PathRefused as refused:
        told = {"where": WORLD, "why": refused.why, "cure": refused.cure or _PLAIN}
        raise Refusal(f"refused: {refused.what}", **told) from None
    if (root / WORLD).is_symlink():
        raise Refusal(
            f"refused: {WORLD} is a link",
            where=WORLD,
            why="the simulator would write its tables into what it leads to",
            cure=_PLAIN,
        )
    return root / WORLD


@contextmanager
def _sandbox(store: Path, environ: Mapping[str, str]) -> Iterator[str]:
    from reconciler.sandbox.embedded import embed  # noqa: PLC0415  # only the sandbox pays
    from reconciler.sandbox.pace import Pace  # noqa: PLC0415

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
                where=WORLD,
                why=str(error),
                cure=room if isinstance(error, OSError) else anew,
            ) from error
        yield sandbox.base_url
