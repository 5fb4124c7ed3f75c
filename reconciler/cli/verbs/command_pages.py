"""The reference of the command line as a Markdown page, from the commands themselves."""

from collections.abc import Iterator

import click

_HEAD = """# Commands

What can be typed, from the commands themselves. Made by
`reconciler explain --of commands --format markdown`; do not edit it.

Every command takes these as well, before or after its name:
"""


def command_page(root: click.Command) -> str:
    """A section for each command, with its arguments, options and exit codes."""
    context = click.Context(root, info_name="reconciler")
    common = [param for param in root.params if param.name not in ("version", "help")]
    lines = [_HEAD, *_options(common, context), ""]
    shared = {option for param in common for option in param.opts}
    for path, command in _leaves(root, context):
        lines += _section(path, command, context, shared)
    return "\n".join(lines).rstrip("\n") + "\n"


def _leaves(
    group: click.Command, context: click.Context, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command, and every group, as its bare name lists."""
    if path:
        yield path, group
    if isinstance(group, click.Group):
        for name in group.list_commands(context):
            if (below := group.get_command(context, name)) is not None:
                yield from _leaves(below, context, (*path, name))


def _section(
    path: tuple[str, ...], command: click.Command, context: click.Context, shared: set[str]
) -> Iterator[str]:
    name = " ".join(path)
    yield f"## {name}\n"
    own = [p for p in command.params if not shared.intersection(p.opts)]
    words = " ".join(p.make_metavar(context) for p in own if isinstance(p, click.Argument))
    yield f"`reconciler {name}{f' {words}' if words else ''}`\n"
    yield from (f"{' '.join(part.split())}\n" for part in (command.help or "").split("\n\n"))
    if rows := _options(own, context):
        yield from (*rows, "")


def _options(params: list[click.Parameter], context: click.Context) -> list[str]:
    options = [param for param in params if isinstance(param, click.Option)]
    rows = [row for option in options if (row := option.get_help_record(context))]
    if not rows:
        return []
    table = ["| option | |", "|-|-|"]
    return table + [f"| `{_cell(names)}` | {_cell(text)} |" for names, text in rows]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
