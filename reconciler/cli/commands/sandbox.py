"""`reconciler sandbox` and its verbs, as typed."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.root import Command, Group
from reconciler.cli.settings import Settings

if TYPE_CHECKING:
    from reconciler.sandbox.faults import Kind


class ServeCommand(Command):
    """Its help ends with the faults, which are read only then."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One line for each fault, and what can be said of them."""
        from reconciler.sandbox.faults import KINDS

        faults = (f"  {name:20}{kind.summary}{_own(kind)}" for name, kind in KINDS.items())
        self.epilog = "\n".join(["\b", "Faults:", *faults, "", *_COMMON])
        super().format_epilog(ctx, formatter)


_SHORT = 25
_COMMON = (
    "\b",
    "Every fault takes method, path (a glob), times and skip (requests that pass first);",
    "those that answer take status, code, type, message, headers and retry_after.",
    "At run time: POST {kind, ...} to /sandbox/faults, DELETE ends them all; servers of",
    "one store share them.",
)


def _own(kind: "Kind") -> str:
    """The parameters that a kind of fault has of its own, with defaults that are short."""
    own = {} if "headers" in kind.defaults else kind.defaults
    told = {name: json.dumps(value) for name, value in own.items()}
    shown = (name if len(text) > _SHORT else f"{name}={text}" for name, text in told.items())
    return f" ({', '.join(shown)})" if own else ""


@click.group(cls=Group)
def sandbox_command() -> None:
    """The API simulator: the whole API on this machine, no key, no network, no cost."""


@sandbox_command.command("serve", cls=ServeCommand)
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
def serve_command(settings: Settings, /, **given: Any) -> int:
    """Serve the simulator until ^C; any OpenAI client may use it."""
    from reconciler.cli.verbs.sandbox import serve_sandbox

    return serve_sandbox(settings, **given)
