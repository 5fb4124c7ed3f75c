"""Whose a state is, and of which endpoint: ids of another one are found nowhere."""

from reconciler.core.owner import Owner
from reconciler.core.state import State
from reconciler.errors import Refusal

Endpoint = tuple[str, str, str]
"""Base URL, organisation and project: what ids belong to."""
_PARTS = ("endpoint", "organisation", "project of the endpoint")


def check_owner(state: State, owner: Owner, shown: str) -> None:
    """Raise `Refusal` where the state, called `shown`, is of another owner."""
    if state.owner != str(owner):
        project, _, environment = state.owner.partition("/")
        is_renamed = environment == owner.environment
        raise Refusal(
            f"refused: the state belongs to {state.owner}, the manifest is of {owner}",
            where=shown,
            why="two owners in one state would lose track of each other's objects",
            cure="set another state.backend, or the project or environment it was"
            + (f"\nwas the project renamed? previous_projects: [{project}]" if is_renamed else ""),
        )


def check_endpoint(state: State, endpoint: Endpoint, shown: str) -> None:
    """Raise `Refusal` where the state, called `shown`, is of another endpoint."""
    pairs = zip(_PARTS, state.endpoint, endpoint, strict=True)
    for part in [name for name, was, said in pairs if was != said][:1]:
        raise Refusal(
            f"refused: the state belongs to another {part}",
            where=shown,
            why=f"it was made at {_named(state.endpoint)}, the manifest says {_named(endpoint)}",
            cure="set the provider it was; or, to begin anew at the other one: "
            "reconciler state migrate --endpoint",
        )


def _named(endpoint: Endpoint) -> str:
    return ", ".join(part for part in endpoint if part)
