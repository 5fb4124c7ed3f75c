"""A person's yes, before anything is sent that cannot be taken back."""

import sys
from contextlib import suppress

import click

from reconciler.cli.out import Out
from reconciler.errors import ExitCode, UsageError
from reconciler.text import visible


def ask(
    out: Out,
    question: str,
    *,
    verb: str,
    command: str,
    why: str = "",
    more: str = "",
    declined: str = "Nothing was sent.",
    typed: str = "",
) -> None:
    """Return only after a yes; where `typed` is given, only that is one.

    Raises:
        UsageError: nobody is here to ask; the cure is the command with `--yes`, and `more`.
        click.exceptions.Exit: the answer was no; the command ends with exit 3.
    """
    if not out.can_ask():
        raise UsageError(
            f"{verb} needs a yes, and nobody is here to ask",
            where="stdin is not a terminal",
            why=why,
            cure=f"reconciler {command} --yes{more}",
        )
    _forget_typed()
    try:
        is_yes = _answer(visible(question), typed)
    except click.Abort:
        out.say("")  # the question's line ends before the error begins
        raise
    if not is_yes:
        out.decline(declined)
        raise click.exceptions.Exit(ExitCode.REFUSED)


def _forget_typed() -> None:
    """What was typed before the question could be read is no answer to it."""
    with suppress(ImportError, OSError, ValueError):
        import termios  # noqa: PLC0415  # not on Windows

        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)


def _answer(question: str, typed: str) -> bool:
    if not typed:
        return click.confirm(question, err=True, prompt_suffix=" ")
    said = click.prompt(question, default="", show_default=False, err=True, prompt_suffix=" ")
    return str(said).strip() == typed
