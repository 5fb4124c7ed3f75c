"""Models that runs of this owner made, as the endpoint lists them."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from reconciler.core.address import Address
from reconciler.core.resource import MODEL, Marker, Observed
from reconciler.core.view import View

_STEP = re.compile(r"(.+):ckpt-step-(\d{1,9})")
"""What the API calls a model that was saved on the way."""


class Made(NamedTuple):
    """A listed model, the run that made it, and that one's marker."""

    model: str
    run: Observed
    marker: Marker

    @property
    def is_last(self) -> bool:
        """Whether it is what came out in the end, and not what was saved on the way."""
        return step_of(self.model) is None

    @property
    def address(self) -> Address:
        """`models.bot[attempt=1.1]`, on the way `…,step=40]`: no alias has such a name."""
        entry, _, which = self.marker.address.name.removesuffix("]").partition("[")
        saved = step_of(self.model)
        step = f"step={saved[1]}" if saved else ""
        parts = filter(None, (which, f"attempt={self.marker.attempt}", step))
        return Address("models", f"{entry}[{','.join(parts)}]")


def made_models(view: View) -> Mapping[str, Made]:
    """Each by its name, in their order; what a run saved on the way is among them."""
    runs, listed = model_runs(view), sorted(view.live.models or ())
    found = ((model, runs.get(run_model(model))) for model in listed)
    return {model: Made(model, *run) for model, run in found if run}


def model_runs(view: View) -> Mapping[str, tuple[Observed, Marker]]:
    """What a run with our marker says that it made, listed or not → the run, and its marker."""
    return {
        str(seen.facts[MODEL]): (seen, seen.marker)
        for seen in view.live.objects.values()
        if seen.marker and seen.facts.get(MODEL) and view.is_run(seen.marker.address)
    }


def step_of(model: str) -> tuple[str, int] | None:
    """The model at the end of the run that saved this one on the way, and the step."""
    found = _STEP.fullmatch(model)
    return (found[1], int(found[2])) if found else None


def run_model(model: str) -> str:
    """The model at the end of the run that this one is of."""
    step = step_of(model)
    return step[0] if step else model
