"""`reconciler sandbox`: the API simulator for other clients."""

import gc
from pathlib import Path

from reconciler.cli.settings import Settings
from reconciler.errors import ReconcilerError, UsageError
from reconciler.extras import needs_extra
from reconciler.manifest.words import either, nearest
from reconciler.sandbox.faults import Fault
from reconciler.text import visible


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

    with needs_extra("sandbox"):
        for fault in wanted:
            _check_reach(fault)

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


def _check_reach(fault: Fault) -> None:
    """Raise `UsageError` for a fault that never acts, with what was probably meant."""
    from reconciler.sandbox.reach import PATHS, methods_at, why_never  # noqa: PLC0415  # needs the extra

    if not (why := why_never(fault)):
        return
    name = "on" if fault.kind == "meddle" else "path"
    told = f"{fault.kind},{name}={fault.path}"
    if methods := methods_at(fault.path):
        told += f",method={fault.method}"
        cure = f"method={either(sorted(methods))}"
    else:
        guess = nearest(fault.path, PATHS)
        cure = f"did you mean {name}={guess}?" if guess else f"such as {name}=/v1/files*"
    raise UsageError(f"{visible(told)} never acts", why=why, cure=cure)
