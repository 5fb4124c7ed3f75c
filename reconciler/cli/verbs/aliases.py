"""Aliases as people and programs are shown them."""

from typing import Any

from reconciler.cli.out import Out
from reconciler.cli.verbs.table import show_table
from reconciler.core.address import Address
from reconciler.core.alias import Alias, Promotion
from reconciler.core.state import State
from reconciler.core.words import when
from reconciler.errors import ReconcilerError, Refusal
from reconciler.text import visible

HEAD = ("MODEL ALIAS", "POINTS AT", "SINCE")


def show_aliases(out: Out, state: State) -> None:
    """A table of what each alias points at; nothing where there is none."""
    rows = [_row(address, state.aliases[address]) for address in sorted(state.aliases)]
    if rows:
        show_table(out, HEAD, rows)


def _row(address: Address, alias: Alias) -> tuple[str, str, str]:
    model = alias.model or "not known"
    return str(address), f"{model} (pinned)" if alias.pinned else model, since(alias)[:10]


def since(alias: Alias) -> str:
    """When an alias began to point at its model; empty where nobody knows."""
    last = alias.history[-1] if alias.history else Promotion("")
    return when(last.at) if last.model == alias.model else ""


def alias_document(address: Address, alias: Alias) -> dict[str, Any]:
    """An alias as JSON, with its history."""
    history = [promotion._asdict() for promotion in alias.history]
    told = {"model": alias.model or None, "job": alias.job or None, "pinned": alias.pinned}
    return {"address": str(address), **told, "history": history}


def aliases_of_model(state: State, model: str) -> list[Address]:
    """The aliases that point at a model."""
    return [address for address in sorted(state.aliases) if state.aliases[address].model == model]


def alias_model(target: str, address: Address, state: State) -> str:
    """The model that an alias points at.

    Raises:
        ReconcilerError: it points at none yet, or nobody knows at which.
    """
    if model := state.aliases.get(address, Alias()).model:
        return model
    is_lost = address in state.aliases
    raise ReconcilerError(
        f"{target} points at no model yet",
        why="the state was lost" if is_lost else "it was never promoted",
        cure="reconciler apply --wait",
    )


def refuse_in_use(state: State, model: str) -> None:
    """Raise `Refusal` for a model that applications use."""
    if found := aliases_of_model(state, model):
        raise Refusal(
            f"refused: {visible(model)} is in use",
            where=", ".join(map(str, found)),
            why="the alias points at it: whoever asks it would get an error; nothing was sent",
            cure="promote another model first, or take the alias out of the manifest",
        )
