"""A person's yes, before anything is sent that cannot be taken back."""

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
) -> None:
    """Return only after a yes.

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
    try:
        is_yes = click.confirm(visible(question), err=True, prompt_suffix=" ")
    except click.Abort:
        out.say("")  # the question's line ends before the error begins
        raise
    if not is_yes:
        out.decline(declined)
        raise click.exceptions.Exit(ExitCode.REFUSED)
