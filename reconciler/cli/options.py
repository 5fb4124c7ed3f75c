"""Options that several commands share."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from reconciler.cli.settings import Settings
from reconciler.cli.values import ADDRESS, ALIAS, DURATION, JOB, USD

MOST_AT_ONCE = 64
"""Of connections to one endpoint: more only meet its rate limit."""

F = TypeVar("F", bound=Callable[..., Any])


protected_option = click.option(
    "--allow-protected", "protected", type=ADDRESS, multiple=True, metavar="ADDR",
    help="Allow it although the address is protected.",
)  # fmt: skip


def retire_options(command: F) -> F:
    """The guard flags of whatever deletes and cancels without being asked for each."""
    for option in reversed((
        click.option("--allow-delete", "retire", type=ADDRESS, multiple=True, metavar="ADDR",
                     help="Allow deletes and cancels at these addresses, whatever their number."),
        protected_option,
        click.option("--allow-missing", "missing", type=ADDRESS, multiple=True, metavar="ADDR",
                     help="These recorded objects are really gone."),
        click.option("--allow-empty", "empty", is_flag=True,
                     help="The manifest is empty on purpose."),
    )):  # fmt: skip
        command = option(command)
    return command


def leave_options(command: F) -> F:
    """The guard flags, by address or amount; on `plan` too, so that reviewers see them."""
    for option in reversed((
        click.option("--allow-cost", "cost", type=USD, metavar="USD",
                     help="It may cost so much, whatever the budget says."),
        click.option("--allow-local-state", "local_state", is_flag=True,
                     help="Pay in CI although the state is a local file."),
        retire_options,
    )):  # fmt: skip
        command = option(command)
    return command


def scope_options(command: F) -> F:
    """The part of a plan that is wanted; on `plan` too, so that reviewers see it."""
    for option in reversed((
        click.option("--target", "targets", type=ADDRESS, multiple=True, metavar="ADDR",
                     help="Only this, with what it needs; jobs.sweep is all of its matrix."),
        click.option("--exclude", "excluded", type=ADDRESS, multiple=True, metavar="ADDR",
                     help="Everything but this and what needs it."),
        click.option("--no-delete", "keeps_all", is_flag=True,
                     help="Delete and cancel nothing."),
        click.option("--drift-only", "only_drift", is_flag=True,
                     help="Show, or record, what changed outside, and nothing else."),
    )):  # fmt: skip
        command = option(command)
    return command


def wish_options(command: F) -> F:
    """What is wanted besides what the manifest says; on `plan` too."""
    for option in reversed((
        click.option("--replace", "replaced", type=ADDRESS, multiple=True, metavar="ADDR",
                     help="Make this anew although nothing differs; a job is paid for again."),
        click.option("--retry", "retried", type=JOB, multiple=True, metavar="ADDR",
                     help="Try a job that failed once more, and pay for it; needs --reason."),
        click.option("--cancel-first", "cancelled_first", type=ADDRESS, multiple=True,
                     metavar="ADDR",
                     help="Cancel a job that is replaced here before the new one is made."),
        click.option("--force-promote", "promoted", type=ALIAS, multiple=True, metavar="ADDR",
                     help="Promote this alias in spite of its checks; needs --reason."),
        click.option("--reason", default="", metavar="TEXT",
                     help="Why; it is kept with what is tried again or promoted."),
    )):  # fmt: skip
        command = option(command)
    return command


def format_option(*formats: str, help_: str) -> Callable[[F], F]:
    """`--format`, the first of the formats being the default; `--json` is short for its `json`."""

    def chosen(context: click.Context, _: click.Parameter, value: str | None) -> str:
        out = context.ensure_object(Settings).out
        if out.is_json and value not in (None, "json"):
            raise click.UsageError(f"--json is short for --format json, not {value}", context)
        out.is_json |= value == "json"
        return "json" if out.is_json else value or formats[0]

    choice = click.Choice(formats)
    shown = f"{help_}  [default: {formats[0]}]"
    return click.option("--format", "format_", type=choice, callback=chosen, help=shown)


def _hold_to_the_lock(context: click.Context, _: click.Parameter, value: bool) -> None:
    context.ensure_object(Settings).is_locked |= value


locked_option = click.option(
    "--locked",
    is_flag=True,
    expose_value=False,
    callback=_hold_to_the_lock,
    help="Refuse data that are not as in reconciler.lock.yaml.",
)

settle_option = click.option(
    "--settle", type=DURATION, help="How long a list may lack a fresh object.  [default: 5m]"
)

lock_option = click.option(
    "--lock-timeout", type=DURATION, default=0, help="Wait so long for the lock."
)


def parallel_options(command: F) -> F:
    """How many effects go on at once; what is free, and what is paid for."""
    width = click.IntRange(1, MOST_AT_ONCE)
    for option in reversed((
        click.option("--parallel", type=width, default=8, show_default=True, metavar="N",
                     help="So many files are uploaded or deleted at once."),
        click.option("--parallel-jobs", type=width, default=1, show_default=True, metavar="N",
                     help="So many jobs are created or cancelled at once."),
    )):  # fmt: skip
        command = option(command)
    return command
