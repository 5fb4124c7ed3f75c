"""`reconciler comment`, as typed."""

from pathlib import Path
from typing import Any

import click

from reconciler.cli.root import Command
from reconciler.cli.settings import Settings


@click.command(cls=Command)
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--github", "host", flag_value="GitHub", help="At GitHub, with GITHUB_TOKEN.")
@click.option("--gitlab", "host", flag_value="GitLab", help="At GitLab, with GITLAB_TOKEN.")
@click.option(
    "--when",
    type=click.Choice(["auto", "always", "changes"]),
    default="auto",
    help="Where nothing is to do: say so in a comment that is there (auto), always, "
    "or take it away (changes).  [default: auto]",
)
@click.option("--number", type=click.IntRange(1), help="Of the pull or merge request.")
@click.option("--applied", type=int, metavar="CODE", help="Mark it: apply ended with this code.")
@click.option("--issue", is_flag=True, help="Keep one issue open while the page tells of drift.")
@click.option("--reviewed", is_flag=True, help="Print the digest that it shows, for --expect.")
@click.pass_obj
def comment_command(settings: Settings, /, **given: Any) -> int:
    """Post the plan to a pull request: one comment, kept up to date.

    FILE, or stdin, is what `plan --format markdown` wrote. Which pull request it is, the CI
    system's variables tell; the token comes from the environment alone.

    Exit codes: 0 done, or not needed; 1 the host refused; 3 what was reviewed is not known;
    64 no pull request; 65 not the page of a plan.
    """
    from reconciler.cli.verbs.comment import comment

    return comment(settings, **given)
