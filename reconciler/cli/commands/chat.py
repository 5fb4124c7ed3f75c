"""`reconciler chat`, as typed."""

from typing import Any

import click

from reconciler.cli.root import Command
from reconciler.cli.settings import Settings
from reconciler.cli.values import MODEL


@click.command(cls=Command)
@click.argument("model", type=MODEL)
@click.argument("text", required=False)
@click.option(
    "--with",
    "others",
    type=MODEL,
    multiple=True,
    metavar="MODEL",
    help="Ask this one, too.",
)
@click.option("--system", help="What the model is told first.")
@click.option("--temperature", type=click.FloatRange(0, 2), help="0 is the most certain.")
@click.option("--json-mode", is_flag=True, help="The answer has to be a JSON object.")
@click.pass_obj
def chat_command(settings: Settings, /, **given: Any) -> int:
    """Ask MODEL (an address such as jobs.support-bot, or a model id).

    Without TEXT it is read from stdin; at a terminal the talk goes on until ^D.
    """
    from reconciler.cli.verbs.chat import chat

    return chat(settings, **given)
