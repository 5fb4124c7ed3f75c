"""`reconciler sandbox`: the API simulator for other clients."""

import gc
from pathlib import Path

from reconciler.cli.settings import Settings
from reconciler.errors import ReconcilerError, UsageError
from reconciler.extras import needs_extra
from reconciler.sandbox.faults import Fault


def serve_sandbox(
    settings: Settings,
    /,
    host: str,
    port: int,
    store: Path | None,
    pace: str,
    faults: tuple[str, ...],
) -> int:
    """Serve the simulator until ^C; any OpenAI client may use it."""
    from reconciler.sandbox.pace import Pace  # noqa: PLC0415  # needs the extra
    from reconciler.sandbox.serve import serve  # noqa: PLC0415

    gc.enable()
    try:
        speed, wanted = Pace.parse(pace), [Fault.parse(text) for text in faults]
    except ValueError as error:
        raise UsageError(str(error)) from error

    def ready(base_url: str) -> None:
        settings.out.result(f"simulator at {base_url}", base_url=base_url)
        settings.out.say(f"next: OPENAI_BASE_URL={base_url} OPENAI_API_KEY=anything …; ^C ends it")

    try:
        with needs_extra("sandbox"):
            serve(host=host, port=port, store=store, pace=speed, faults=wanted, ready=ready)
    except (OSError, ValueError) as error:
        raise ReconcilerError(
            f"the simulator cannot start at {host}:{port}",
            why=str(error),
            cure="another --port (0 is any free one), or another --store",
        ) from error
    return 0
