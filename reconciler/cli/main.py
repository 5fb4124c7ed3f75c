"""The way in and the way out: every exception becomes words and an exit code here, once."""

import gc
import os
import sys
from collections.abc import Sequence

import click

from reconciler.cli.out import Out
from reconciler.cli.root import root
from reconciler.cli.settings import Settings
from reconciler.errors import ExitCode, Interrupted, ReconcilerError


def main() -> None:
    """Run the command line and leave with its exit code."""
    # A short-lived process that builds large trees of values: collecting cycles costs a third
    # of a plan and frees nothing. Commands that stay (`watch`, `sandbox serve`) turn it on.
    gc.disable()
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """One command; returns its exit code and never lets an exception out."""
    settings = Settings()
    try:
        return _invoke(arguments, settings)
    except click.ClickException as error:
        settings.out.usage_error(error)
        return ExitCode.USAGE
    except ReconcilerError as error:
        settings.out.error(error)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        settings.out.error(Interrupted("interrupted", cure="run the same command again"))
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # Nobody reads any more; what was begun has been finished. Python's own flush at exit
        # would complain once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.FAILED
    except Exception as error:  # noqa: BLE001  # the last resort: no traceback for a user
        settings.out.bug(error)
        return ExitCode.FAILED


def _invoke(arguments: Sequence[str], settings: Settings) -> int:
    result = root.main(
        args=list(arguments), prog_name="reconciler", standalone_mode=False, obj=settings
    )
    return int(result) if isinstance(result, int) else ExitCode.DONE


__all__ = ["Out", "main", "run"]
