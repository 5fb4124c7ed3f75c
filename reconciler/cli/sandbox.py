"""`reconciler sandbox`: the API simulator for other clients."""

import gc
from pathlib import Path

import click

from reconciler.cli.root import Group
from reconciler.cli.settings import Settings
from reconciler.cli.workspace import needs_extra
from reconciler.errors import ReconcilerError, UsageError
from reconciler.sandbox.faults import KINDS, Fault

_EPILOG = "\n".join(
    ["\b", "Faults:", *(f"  {name:20}{kind.summary}" for name, kind in KINDS.items())]
)


@click.group(cls=Group)
def sandbox_command() -> None:
    """The API simulator: the whole API on this machine, no key, no network, no cost."""


@sandbox_command.command("serve", epilog=_EPILOG)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8080, show_default=True, help="0 is any free port.")
@click.option(
    "--store",
    type=click.Path(dir_okay=False, path_type=Path),
    help="SQLite file; unset: in memory, gone at the end.",
)
@click.option(
    "--pace", default="1x", show_default=True, help="instant, 2x, or three seconds a,b,c."
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="KIND[,NAME=VALUE…]",
    help="What goes wrong, such as rate_limit,times=2,retry_after=1; may be repeated.",
)
@click.pass_obj
def serve_command(
    settings: Settings,
    /,
    host: str,
    port: int,
    store: Path | None,
    pace: str,
    faults: tuple[str, ...],
) -> int:
    """Serve the simulator until ^C; any OpenAI client may use it."""
    from reconciler.sandbox.pace import Pace  # noqa: PLC0415  # only the sandbox pays
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
