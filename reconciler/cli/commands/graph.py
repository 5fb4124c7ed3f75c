"""`reconciler graph`, as typed."""

from typing import Any

import click

from reconciler.cli.options import format_option
from reconciler.cli.root import Command
from reconciler.cli.settings import Settings


@click.command(cls=Command)
@format_option("mermaid", "dot", "json", help_="For Markdown, for Graphviz, or for programs.")
@click.pass_obj
def graph_command(settings: Settings, /, **given: Any) -> int:
    """Show what is declared and what reads what, as a diagram; no network, no data.

    Exit codes: 0 shown, 65 invalid manifest.
    """
    from reconciler.cli.verbs.graph import show_graph

    return show_graph(settings, **given)
