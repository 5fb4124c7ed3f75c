"""Every command of the command line, found as click finds them."""

from collections.abc import Iterator

import click

from reconciler.cli.root import root


def leaves(group: click.Command = root, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command and every group below the root."""
    if path:
        yield path
    if isinstance(group, click.Group):
        context = click.Context(group)
        for name in group.list_commands(context):
            below = group.get_command(context, name)
            assert below is not None
            yield from leaves(below, (*path, name))


EVERY = list(leaves())
"""The path of each: `("jobs", "list")`."""


def found(path: tuple[str, ...]) -> click.Command:
    """The command at a path."""
    command: click.Command = root
    for name in path:
        assert isinstance(command, click.Group)
        below = command.get_command(click.Context(command), name)
        assert below is not None
        command = below
    return command
