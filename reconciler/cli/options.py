"""Options that several commands share, and values that they parse."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

import click

from reconciler.cli.completion.values import ADDRESS

F = TypeVar("F", bound=Callable[..., Any])

_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?")


class Duration(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.5 only
    """`90m`, `1h30m`, `300s` or plain seconds, as an int of seconds."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Seconds; a mistake is a usage error."""
        if isinstance(value, int):
            return value
        match = _DURATION.fullmatch(str(value))
        if not match or not any(match.groups()):
            self.fail(f"{value!r} is not a duration: write 90m, 1h30m or 300s", param, ctx)
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        return hours * 3600 + minutes * 60 + seconds


def spell(seconds: float) -> str:
    """`9m 41s`, `1h 05m`, `3.2s`."""
    if seconds < 60:  # noqa: PLR2004  # a minute
        return f"{seconds:.1f}s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h {minutes:02}m" if hours else f"{minutes}m {rest:02}s"


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
    "--settle", type=Duration(), help="How long a list may lack a fresh object.  [default: 5m]"
)
