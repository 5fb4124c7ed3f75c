"""One entry of `models`: a name that applications know, and the model that it should point at."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta

from reconciler.core.address import Address
from reconciler.core.alias import is_writable
from reconciler.kinds.spec.late import Late
from reconciler.kinds.spec.spec import INTERPOLATED, After, Before, Many, Spec, Text, says, wrong

Check = Annotated[dict[str, Any], Late("reconciler.kinds.spec.checks", "Check")]
"""A check, as `kinds.spec.checks` reads it."""

MOST_CHECKS = 50
"""Of one alias."""


def _checked_pin(model: str) -> str:
    if not is_writable(model):
        raise wrong("bad-model", "is not the id of a model", cure="copy it: reconciler models")
    return model


Best = Literal["best(train_loss)", "best(valid_loss)", "best(full_valid_loss)"]
"""The lowest loss: on the batch of a step, on one of the validation data, on all of them."""

MOST_CANDIDATES = 256
"""Names that an alias may choose from; a matrix has as many entries at the most."""


Names = Annotated[Many[Text], Meta(min_length=1, max_length=MOST_CANDIDATES)]


def _as_list(value: object) -> object:
    return (value,) if isinstance(value, str) else value


class ModelSpec(Spec, frozen=True):
    """One entry of `models`: an alias, which is promoted from model to model."""

    job: Annotated[
        Text | None,
        says("The job whose model it points at: the name of an entry of `jobs`.", "support-bot"),
    ] = None
    candidates: Annotated[
        Annotated[Names, Before(_as_list, Text | Names)] | None,
        says(
            (
                "Instead of `job`, the jobs of which one is chosen: a name or a list of names "
                "of entries of `jobs`; a matrix stands for all of its entries."
            ),
            "sweep",
            ["small", "large"],
        ),
    ] = None
    select: Annotated[
        Best | None,
        says(
            (
                "By which loss one of the candidates is chosen: the lowest, once all of them have "
                "ended. It is the loss of the model that is taken: at the end of the run, or at "
                "its `checkpoint`."
            ),
            "best(valid_loss)",
        ),
    ] = None
    checkpoint: Annotated[
        Best | None,
        says(
            (
                "Take the saved model of the run that has the lowest loss, instead of the one "
                "at its end."
            ),
            "best(full_valid_loss)",
        ),
    ] = None
    pin: Annotated[
        Annotated[Text, After(_checked_pin)] | None,
        says(
            "The id of a model; it holds over `job`. `reconciler rollback` writes it.",
            "ft:gpt-4.1-mini-2025-04-14:acme:support:4kT7zP1q",
        ),
        INTERPOLATED,
    ] = None

    checks: Annotated[
        Annotated[Many[Check], Meta(max_length=MOST_CHECKS)] | None,
        says(
            (
                "What the model of the job has to answer before it is promoted; a pin is not "
                "checked."
            ),
            [
                {
                    "messages": [{"role": "user", "content": "Where is my order?"}],
                    "expect": {"contains": "tracking"},
                }
            ],
        ),
    ] = None

    keep_last: Annotated[
        Annotated[int, Meta(ge=1, le=100)] | None,
        says(
            (
                "So many of the models that it pointed at are kept, the one in use among "
                "them; older ones are deleted at the endpoint. Unset: all are kept."
            ),
            3,
        ),
    ] = None

    def require(self) -> None:
        """It points somewhere, and at one thing."""
        if self.job is None and self.candidates is None and self.pin is None:
            raise wrong(
                "points-nowhere",
                "points at nothing",
                why="an alias is of a job, of one of several, or of a model that is pinned",
                cure="add job: NAME, an entry of jobs; or candidates; or pin: MODEL",
            )
        if self.job is not None and self.candidates is not None:
            raise wrong(
                "points-twice",
                "has a job, and candidates",
                why="one of the two would lose",
                cure="keep candidates, where one of several is to be chosen",
            )
        if (self.candidates is None) != (self.select is None):
            raise wrong(
                "chooses-by-nothing",
                "needs candidates and select together",
                why="the one says of which jobs, the other by what",
                cure="add select: best(valid_loss), or candidates: NAME",
            )

    @property
    def references(self) -> Mapping[str, Address]:
        """The jobs that it follows; while a pin stands beside them, the pin holds."""
        if self.job:
            return {"job": Address("jobs", self.job)}
        return {
            f"candidates.{i}": Address("jobs", name) for i, name in enumerate(self.candidates or ())
        }


def metric_of(best: Best | None) -> str:
    """`valid_loss` of `best(valid_loss)`."""
    return (best or "").removeprefix("best(").removesuffix(")")
