"""`reconciler state` and its verbs, as typed."""

from typing import Any

import click

from reconciler.cli.options import lock_option, settle_option
from reconciler.cli.root import Group
from reconciler.cli.settings import Settings
from reconciler.cli.values import ADDRESS


@click.group(cls=Group, invoke_without_command=True)
@click.pass_context
def state_command(context: click.Context) -> int | None:
    """Look at the state and mend it; the bare command lists it."""
    return context.invoke(list_state_command) if context.invoked_subcommand is None else None


@state_command.command("list")
@click.pass_obj
def list_state_command(settings: Settings, /) -> int:
    """List what is recorded, address, id, status; and the model that each alias points at."""
    from reconciler.cli.verbs.state import list_state

    return list_state(settings)


@state_command.command("mv")
@click.argument("source", type=ADDRESS)
@click.argument("target", type=ADDRESS)
@lock_option
@click.pass_obj
def move_record_command(settings: Settings, /, **given: Any) -> int:
    """Let TARGET stand for what SOURCE stands for; `moved:` in the manifest is reviewed."""
    from reconciler.cli.verbs.state import move_record

    return move_record(settings, **given)


@state_command.command("forget")
@click.argument("target", type=ADDRESS, metavar="ADDRESS|ID")
@lock_option
@click.pass_obj
def forget_record_command(settings: Settings, /, **given: Any) -> int:
    """Forget an ADDRESS or ID; its object stays at the API and is found again by its marker."""
    from reconciler.cli.verbs.state import forget_record

    return forget_record(settings, **given)


@state_command.command("unlock")
@click.argument("lock_id")
@click.pass_obj
def unlock_state_command(settings: Settings, /, **given: Any) -> int:
    """Take away the lock LOCK_ID of a run that is dead; the lock's message names it."""
    from reconciler.cli.verbs.state import unlock_state

    return unlock_state(settings, **given)


@state_command.command("migrate")
@click.option("--to", metavar="URL|FILE", help="Move the state to this place.")
@click.option("--endpoint", "to_endpoint", is_flag=True, help="Let go of the endpoint before.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@lock_option
@click.pass_obj
def migrate_state_command(settings: Settings, /, **given: Any) -> int:
    """Move the state to another place, or the manifest to another endpoint.

    With --to it is copied, journal and all, and the old place refuses from then on; what was cut
    short goes on. With --endpoint the records of the old endpoint are put aside as history.

    Exit codes: 0 moved; 3 refused; 4 locked; 5 unsettled; 64 nobody is here to say yes.
    """
    from reconciler.cli.verbs.migrate import migrate_state

    return migrate_state(settings, **given)


@state_command.command("rebuild")
@settle_option
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@lock_option
@click.pass_obj
def rebuild_state_command(settings: Settings, /, **given: Any) -> int:
    """Make a state that is damaged or lost anew, from what is live.

    What is found is recorded, for $0; what cannot be known any more is said, and what could not be
    read is kept. A state that can be read is not touched.

    Exit codes: 0 rebuilt; 3 refused; 4 locked; 64 nobody is here to say yes.
    """
    from reconciler.cli.verbs.rebuild import rebuild_state

    return rebuild_state(settings, **given)
