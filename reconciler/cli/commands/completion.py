"""`reconciler completion`, as typed."""

from typing import Any

import click

from reconciler.cli.completion import SCRIPTS
from reconciler.cli.root import Command
from reconciler.cli.settings import Settings

_SWITCHED_ON = """\b
Switch it on:
  bash        in ~/.bashrc:  eval "$(reconciler completion bash)"
  zsh         in ~/.zshrc, after compinit:  eval "$(reconciler completion zsh)"
  fish        reconciler completion fish > ~/.config/fish/completions/reconciler.fish
  powershell  in $PROFILE:  reconciler completion powershell | Out-String | iex
"""


@click.command(cls=Command, epilog=_SWITCHED_ON)
@click.argument("shell", type=click.Choice([*SCRIPTS]))
@click.pass_obj
def completion_command(settings: Settings, /, **given: Any) -> int:
    """Print what SHELL needs to complete commands, options, addresses and environments."""
    from reconciler.cli.verbs.completion import print_script

    return print_script(settings, **given)
