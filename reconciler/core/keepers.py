"""What keeps a model from being deleted: every alias, every pin, every run that is looked after."""

from collections.abc import Mapping

from reconciler.core.address import Address
from reconciler.core.alias import Alias
from reconciler.core.resource import MODEL, Resource
from reconciler.core.view import View


def keepers(view: View, lasting: Mapping[Address, int | None]) -> Mapping[str, str]:
    """Model → what keeps it, for people; of several reasons the strongest.

    Args:
        lasting: alias → how many of its models are kept; None, and of an alias that is not named
            here: all of them.
    """
    runs = view.desired.resources.values()
    found = {str(run.spec.get("model", "")): f"{run.address} begins with it" for run in runs}
    facts = {address: record.facts for address, record in view.records.items()}
    facts |= {address: match.seen.facts for address, match in view.matches.chosen.items()}
    found |= {str(told.get(MODEL, "")): f"{at} stands for its job" for at, told in facts.items()}
    aliases = {**view.state.aliases, **view.aliases}
    for address, alias in aliases.items():
        last = models_of(alias)[: lasting.get(address)]
        found |= dict.fromkeys(last, f"{address} may go back to it")
    pins = {str(resource.spec.get("pin", "")): resource.address for resource in view.aliased}
    found |= {model: f"{address} pins it" for model, address in pins.items()}
    found |= {alias.model: f"{address} points at it" for address, alias in aliases.items()}
    return found


def keep_last(resource: Resource) -> int | None:
    """How many models an alias keeps, the one in use among them; None: all of them."""
    number = resource.body.get("keep_last")
    return number if isinstance(number, int) else None


def models_of(alias: Alias) -> list[str]:
    """Every model that an alias pointed at, each once, the one in use first."""
    told = [alias.model, *(step.model for step in reversed(alias.history))]
    return [model for model in dict.fromkeys(told) if model]
