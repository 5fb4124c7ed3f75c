"""The way in and the way out: every exception becomes words and an exit code here, once."""

import gc
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from typing import NoReturn

import click

from reconciler.cli.completion import VARIABLE
from reconciler.cli.interrupt import insist
from reconciler.cli.out import Out
from reconciler.cli.root import COMMANDS, root
from reconciler.cli.settings import Settings
from reconciler.cli.tracing import is_wanted, traced
from reconciler.errors import ExitCode, Interrupted, ReconcilerError

_OUT_OF_MEMORY = ReconcilerError(
    "this machine has no memory left",
    why="what was begun is in the journal; nothing is lost and nothing is paid twice",
    cure="end other programs or give this one more memory, then the same command again",
)

_TOO_DEEP = ReconcilerError(
    "something that was read is nested too deep",
    why="an answer of the endpoint, a state or a file has hundreds of levels",
    cure="see what is there by reconciler doctor; what was begun is in the journal",
)


def main() -> None:
    """Run the command line and leave with its exit code."""
    # A short-lived process that builds large trees of values: collecting cycles costs a third
    # of a plan and frees nothing. Commands that stay (`watch`, `sandbox serve`) turn it on.
    gc.disable()
    # Nor does it search all that is installed for plugins of pydantic, which would read along.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    _open_closed_streams()
    insist()
    if os.environ.get(VARIABLE):
        from reconciler.cli.completion.answer import answer  # noqa: PLC0415  # only at a TAB

        answer()
        _leave(ExitCode.DONE)
    settings = Settings()
    _leave(run(sys.argv[1:], settings))


def _open_closed_streams() -> None:
    """A stream that was closed from the start leads nowhere; else a state file got its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115  # it stays open to the end


def _leave(code: int) -> NoReturn:
    """End at once: taking 10,000 resources apart in memory would cost a tenth of their plan."""
    with suppress(OSError):  # nobody reads any more; what was begun has been finished
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def run(arguments: Sequence[str], settings: Settings | None = None) -> int:
    """One command; returns its exit code and never lets an exception out."""
    settings = settings or Settings()
    settings.out.host = settings.host
    settings.out.workspace = settings.checkout
    try:
        return _whole(_traced(arguments, settings), settings.out)
    except click.ClickException as error:
        # The mistake may stand before the option, and click reads no further.
        settings.out.is_json |= "--json" in arguments
        settings.out.usage_error(error)
        return ExitCode.USAGE
    except ReconcilerError as error:
        settings.out.error(error)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        settings.out.error(Interrupted("interrupted", cure="run the same command again"))
        return ExitCode.INTERRUPTED
    except (MemoryError, RecursionError) as error:
        settings.out.error(_TOO_DEEP if isinstance(error, RecursionError) else _OUT_OF_MEMORY)
        return ExitCode.FAILED
    except Exception as error:  # noqa: BLE001  # the last resort: no traceback for a user
        settings.out.bug(error)
        return ExitCode.FAILED


def _whole(code: int, out: Out) -> int:
    """The exit code of a command whose result nobody may take for whole when it is not."""
    if out.unwritten is None:
        return code
    out.tell_unwritten(out.unwritten)
    return ExitCode.FAILED if code in (ExitCode.DONE, ExitCode.CHANGES) else code


def _traced(arguments: Sequence[str], settings: Settings) -> int:
    """One command, within its trace where an operator wants one."""
    if not is_wanted(settings.environ):
        return _invoke(arguments, settings)
    with ExitStack() as stack:
        try:
            # Options before the command's name are rare, and say nothing of what is traced.
            name = next((word for word in arguments if word in COMMANDS), "")
            settings.trace = stack.enter_context(traced(settings.environ, name))
        except ImportError:
            settings.out.say('note: no traces: pip install "finetune-reconciler[otel]"')
            return _invoke(arguments, settings)
        code: int = ExitCode.FAILED
        try:
            code = _invoke(arguments, settings)
        except ReconcilerError as error:
            code = error.exit_code
            raise
        finally:
            settings.trace.end(code)
        return code


def _invoke(arguments: Sequence[str], settings: Settings) -> int:
    result = root.main(
        args=list(arguments), prog_name="reconciler", standalone_mode=False, obj=settings
    )
    return int(result) if isinstance(result, int) else ExitCode.DONE


__all__ = ["Out", "main", "run"]
