"""The command `reconciler`: a table of commands, each read from its file when it is named."""

import os
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import click

from reconciler import __version__
from reconciler.cli.settings import DEFAULT_MANIFEST, Settings
from reconciler.cli.values import ENVIRONMENT, Items, offered


class Entry(NamedTuple):
    """A command in the table: its section of the help, its module, one line about it."""

    section: str
    module: str
    help: str


DAILY, UNDERSTAND, CHANGE = "Every day", "Understand", "Change with care"
API, AROUND = "At the API", "Around it"

COMMANDS = {
    "init": Entry(DAILY, "init", "Write a manifest for the datasets in this folder"),
    "validate": Entry(DAILY, "validate", "Check manifest and datasets; no network"),
    "plan": Entry(DAILY, "plan", "Show what would change, why, and what it costs"),
    "apply": Entry(DAILY, "apply", "Upload and train what the plan says"),
    "status": Entry(DAILY, "status", "Show the declared jobs as they are now"),
    "watch": Entry(DAILY, "watch", "The same, live, until all jobs have ended"),
    "chat": Entry(DAILY, "chat", "Ask a model"),
    "destroy": Entry(DAILY, "destroy", "Remove what this manifest made; trained models stay"),
    "show": Entry(UNDERSTAND, "show", "A resource, three ways: desired, recorded, observed"),
    "why": Entry(UNDERSTAND, "why", "Which data made a model"),
    "cost": Entry(UNDERSTAND, "cost", "Price the declared jobs"),
    "graph": Entry(UNDERSTAND, "graph", "Dependencies as a diagram"),
    "explain": Entry(UNDERSTAND, "explain", "A rule or an exit code"),
    "doctor": Entry(UNDERSTAND, "doctor", "What is used, and what of it works"),
    "import": Entry(CHANGE, "imports", "Write entries for live objects"),
    "rollback": Entry(CHANGE, "rollback", "Pin an alias to an earlier model"),
    "gc": Entry(CHANGE, "gc", "Remove orphans of this owner"),
    "fmt": Entry(CHANGE, "fmt", "Sort the keys of the manifest; comments stay"),
    "state": Entry(CHANGE, "state", "List, move, forget, unlock"),
    "schema": Entry(CHANGE, "schema", "Print a JSON Schema: manifest, plan, events"),
    "files": Entry(API, "files", "Live files"),
    "jobs": Entry(API, "jobs", "Live jobs"),
    "models": Entry(API, "models", "Live models"),
    "unmanaged": Entry(API, "unmanaged", "Live and not ours"),
    "comment": Entry(AROUND, "comment", "Post the plan to a pull request"),
    "completion": Entry(AROUND, "completion", "Shell completion"),
    "sandbox": Entry(AROUND, "sandbox", "Run the API simulator"),
}

HEADER = """\
Usage: reconciler [OPTIONS] COMMAND [ARGS]...

  Plan and apply files and fine-tuning jobs on OpenAI-compatible APIs.

  Try it offline, without a key:
    reconciler init
    reconciler apply --wait
    reconciler chat jobs.support-bot "Where is my order?"
"""


def common_options() -> list[click.Parameter]:
    """Options that may stand before or after the command's name."""
    return [
        click.Option(
            ["-f", "--manifest"],
            type=click.Path(path_type=Path),
            help=f"The manifest.  [default: {DEFAULT_MANIFEST}]",
            expose_value=False,
            callback=_set_manifest,
        ),
        click.Option(
            ["-C", "--chdir"],
            type=click.Path(exists=True, file_okay=False),
            help="Go to this folder first.",
            expose_value=False,
            is_eager=True,
            callback=_set_folder,
        ),
        click.Option(
            ["--env"],
            metavar="NAME",
            type=ENVIRONMENT,
            help="The environment of the manifest.",
            expose_value=False,
            callback=_set_environment,
        ),
        click.Option(
            ["--allow-path"],
            type=click.Path(exists=True, file_okay=False, path_type=Path),
            multiple=True,
            metavar="DIR",
            help="Paths of the manifest may lie here, too.",
            expose_value=False,
            callback=_allow_paths,
        ),
        *_watching_options(),
        _flag("--json", "Machine output.", "is_json"),
        _flag("--no-color", "No colour; also NO_COLOR=1.", "no_color"),
        _flag("-v/--verbose", "Tracebacks of bugs.", "is_verbose"),
    ]


def _watching_options() -> list[click.Parameter]:
    """What operators see of a run."""
    return [
        click.Option(
            ["--audit-log"],
            type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
            metavar="FILE",
            envvar="RECONCILER_AUDIT_LOG",
            help="Write down every effect, as JSON Lines; - is stderr.",
            expose_value=False,
            callback=_set_audit_log,
        ),
        click.Option(
            ["--log-format"],
            type=click.Choice(["text", "json"]),
            envvar="RECONCILER_LOG_FORMAT",
            help="How stderr is written.  [default: text]",
            expose_value=False,
            is_eager=True,
            callback=_set_log_format,
        ),
    ]


def _flag(name: str, help_: str, attribute: str) -> click.Option:
    def remember(context: click.Context, _: click.Parameter, value: bool | None) -> None:
        if value:
            setattr(_settings(context).out, attribute, True)

    names = name.split("/")
    return click.Option(
        names, is_flag=True, help=help_, expose_value=False, is_eager=True, callback=remember
    )


def _settings(context: click.Context) -> Settings:
    settings = context.find_object(Settings)
    return settings if settings is not None else context.ensure_object(Settings)


def _set_manifest(context: click.Context, _: click.Parameter, value: Path | None) -> None:
    if value is not None:
        _settings(context).choose(manifest=value)


def _set_audit_log(context: click.Context, _: click.Parameter, value: Path | None) -> None:
    if value is not None:
        _settings(context).audit_log = value


def _set_log_format(context: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        _settings(context).out.logs_json = value == "json"


def _set_environment(context: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        _settings(context).choose(environment=value)


def _allow_paths(context: click.Context, _: click.Parameter, folders: tuple[Path, ...]) -> None:
    _settings(context).allowed += folders


def _set_folder(context: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        _settings(context).choose(folder=str(Path(_settings(context).folder, value)))
        os.chdir(value)


def _write_options(
    command: "Command | Group", context: click.Context, formatter: click.HelpFormatter
) -> None:
    options = [each for each in command.get_params(context) if isinstance(each, click.Option)]
    own = [option for option in options if option in command.own]
    others = [option for option in options if option not in command.own]
    for title, params in (("Options", own), ("Options of every command", others)):
        rows = [row for param in params if (row := param.get_help_record(context))]
        if rows:
            with formatter.section(title):
                formatter.write_dl(rows)


class Command(click.Command):
    """A command that takes the common options as well."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.own = tuple(self.params)
        self.params += common_options()
        self.context_settings.setdefault("help_option_names", ["-h", "--help"])

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Its own options, then those of every command."""
        _write_options(self, ctx, formatter)


class Group(click.Group):
    """A command with verbs: `jobs list`; the bare group lists."""

    command_class = Command

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"no_args_is_help": False, **kwargs})
        self.own = tuple(self.params)
        self.params += common_options()
        self.context_settings.setdefault("help_option_names", ["-h", "--help"])

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Its commands, each with a whole sentence, then options."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [
            (name, (command.help or "").partition("\n\n")[0])
            for name, command in commands
            if command
        ]
        with formatter.section("Commands"):
            formatter.write_dl([(name, " ".join(text.split())) for name, text in rows])
        _write_options(self, ctx, formatter)


class Root(Group):
    """The table of commands; what is not called is not imported."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """The names, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the command's module and take the command of its name from it."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        command = getattr(
            import_module(f"reconciler.cli.commands.{entry.module}"), f"{entry.module}_command"
        )
        assert isinstance(command, click.Command)  # noqa: S101  # a mistake of ours, not a user's
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with a guess for a typo."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            from difflib import get_close_matches  # noqa: PLC0415  # only on a mistake

            guess = get_close_matches(name, COMMANDS, n=1)
            hint = f" Did you mean '{guess[0]}'?" if guess else ""
            raise click.UsageError(f"No such command '{name}'.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> Items:
        """Commands from the table, then options: nothing is imported for it."""
        commands = {name: entry.help for name, entry in COMMANDS.items()}
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [*offered(commands, incomplete), *options]

    def get_help(self, ctx: click.Context) -> str:
        """The whole page, from the table: nothing is imported for it."""
        parts = [HEADER]
        for section in dict.fromkeys(entry.section for entry in COMMANDS.values()):
            parts.append(f"\n{section}\n")
            for name, entry in COMMANDS.items():
                if entry.section == section:
                    parts.append(f"  {name:<10} {entry.help}\n")
        parts.append("\nOptions\n")
        rows = [row for param in self.get_params(ctx) if (row := param.get_help_record(ctx))]
        parts += [f"  {names:<24} {text}\n" for names, text in rows]
        return "".join(parts).rstrip("\n")


@click.group(
    cls=Root,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="reconciler", message="%(prog)s %(version)s")
@click.pass_context
def root(context: click.Context) -> None:
    """Plan and apply files and fine-tuning jobs on OpenAI-compatible APIs."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
