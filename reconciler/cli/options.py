"""Options that several commands share."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from reconciler.cli.values import ADDRESS, DURATION

F = TypeVar("F", bound=Callable[..., Any])


def leave_options(command: F) -> F:
    """The guard flags, by address or amount; on `plan` too, so that reviewers see them."""
    for option in (
        click.option("--allow-delete", "retire", type=ADDRESS, multiple=True, metavar="ADDR",
                     help="Allow deletes and cancels at these addresses, whatever their number."),
        click.option("--allow-protected", "protected", type=ADDRESS, multiple=True, metavar="ADDR",
                     help="Allow it although the address is protected."),
        click.option("--allow-missing", "missing", type=ADDRESS, multiple=True, metavar="ADDR",
                     help="These recorded objects are really gone."),
        click.option("--allow-empty", "empty", is_flag=True,
                     help="The manifest is empty on purpose."),
        click.option("--allow-local-state", "local_state", is_flag=True,
                     help="Pay in CI although the state is a local file."),
    ):  # fmt: skip
        command = option(command)
    return command


settle_option = click.option(
    "--settle", type=DURATION, help="How long a list may lack a fresh object.  [default: 5m]"
)
