"""`reconciler models` and its verbs, as typed."""

from typing import Any

import click

from reconciler.cli.root import Group
from reconciler.cli.settings import Settings
from reconciler.cli.values import MODEL


@click.group(cls=Group, invoke_without_command=True)
@click.pass_context
def models_command(context: click.Context) -> int | None:
    """Live models; the bare command lists them."""
    return context.invoke(list_models_command) if context.invoked_subcommand is None else None


@models_command.command("list")
@click.pass_obj
def list_models_command(settings: Settings, /) -> int:
    """List the valid models of the endpoint, and which jobs of this manifest use them."""
    from reconciler.cli.verbs.models import list_models

    return list_models(settings)


@models_command.command("get")
@click.argument("model", type=MODEL)
@click.pass_obj
def get_model_command(settings: Settings, /, **given: Any) -> int:
    """Show MODEL (an address of an alias or a job, or an id) as the endpoint tells it."""
    from reconciler.cli.verbs.models import get_model

    return get_model(settings, **given)


@models_command.command("delete")
@click.argument("model", type=MODEL)
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def delete_model_command(settings: Settings, /, **given: Any) -> int:
    """Delete MODEL (an address of an alias or a job, or an id); what was paid for it is gone."""
    from reconciler.cli.verbs.models import delete_model

    return delete_model(settings, **given)
