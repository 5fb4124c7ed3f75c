"""What keeps a model from being deleted: every alias, every pin, every run that is looked after.

And every run that goes on, whoever's it is: it may still read the model that it begins with.
"""

from collections.abc import Collection, Mapping

from reconciler.core.address import Address
from reconciler.core.alias import Alias
from reconciler.core.resource import MODEL, Observed, Resource
from reconciler.core.view import View, is_active


def keepers(view: View, lasting: Mapping[Address, int | None]) -> Mapping[str, str]:
    """Model → what keeps it, for people; of several reasons the strongest.

    Args:
        lasting: alias → how many of its models are kept; None, and of an alias that is not named
            here: all of them.
    """
    found = {model: f"{seen.id} trains on it" for model, seen in training(view).items()}
    found |= dict.fromkeys(view.desired.elsewhere, "another environment of the manifest names it")
    runs = view.desired.resources.values()
    found |= {str(run.spec.get("model", "")): f"{run.address} begins with it" for run in runs}
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


def training(view: View, ending: Collection[str] = ()) -> Mapping[str, Observed]:
    """Model → a run that goes on, or may, and begins with it; those that are `ending` do not."""
    begun = (s for s in view.live.objects.values() if is_active(s) and s.id not in ending)
    return {str(seen.body["model"]): seen for seen in begun if seen.body.get("model")}


def unknown_aliases(view: View) -> list[Address]:
    """The declared aliases of which nobody knows what they point at: it may be any model."""
    return [address for address, alias in sorted(view.aliases.items()) if not alias.model]


def keep_last(resource: Resource) -> int | None:
    """How many models an alias keeps, the one in use among them; None: all of them."""
    number = resource.body.get("keep_last")
    return number if isinstance(number, int) else None


def models_of(alias: Alias) -> list[str]:
    """Every model that an alias pointed at, each once, the one in use first."""
    told = [alias.model, *(step.model for step in reversed(alias.history))]
    return [model for model in dict.fromkeys(told) if model]
