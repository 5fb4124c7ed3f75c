"""The manifest entry of a job: the API's create request, with names for files.

Fields have the API's names and shapes; what is unset is not sent.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, ClassVar, Never

from msgspec import Meta

from reconciler.core.address import Address
from reconciler.kinds.spec import base_model
from reconciler.kinds.spec.hyperparameters import (
    DpoHyperparameters,
    ReinforcementHyperparameters,
)
from reconciler.kinds.spec.integrations import Integration
from reconciler.kinds.spec.methods import Method, settings_of
from reconciler.kinds.spec.pairs import Extra, Metadata
from reconciler.kinds.spec.spec import (
    INTERPOLATED,
    After,
    Before,
    Hidden,
    Many,
    Spec,
    Text,
    says,
    wrong,
)

MAX_SEED = 2_147_483_647

_SETTINGS = ("method", "{type}", "hyperparameters")
_HYPERPARAMETERS = (
    *DpoHyperparameters.__struct_fields__,
    *ReinforcementHyperparameters.__struct_fields__,
)
_PLAIN = ("model", "seed", "suffix", "training_file", "validation_file")


def _refuse_hyperparameters(_: object) -> Never:
    raise wrong(
        "deprecated-key",
        "is the API's old place for settings",
        why="they stand under the method that they are for",
        cure="write method: {type: supervised, supervised: {hyperparameters: …}}",
    )


class Retry(Spec, frozen=True):
    """Whether a failed job may be tried again without a person."""

    max: Annotated[
        int, Meta(ge=0, le=10), says("At most so many more tries; each is paid for.", 1)
    ] = 0
    on: Annotated[
        Many[Text], says("Only after these error codes; unset: after any.", ["server_error"])
    ] = ()


class JobSpec(Spec, frozen=True, dict=True):
    """One entry of `jobs`: a fine-tuning job that should have been run.

    Attributes:
        MATRIX: key of `matrix` → where its value stands in an entry; `{type}` is the type of the
            entry's method.
    """

    MATRIX: ClassVar[Mapping[str, Many[str]]] = {
        **{key: (*_SETTINGS, key) for key in _HYPERPARAMETERS},
        **{key: (key,) for key in _PLAIN},
    }

    model: Annotated[
        Text,
        After(base_model.checked),
        says(
            "The base model: an id, or `jobs.NAME`, the model of another job here.",
            "gpt-4.1-mini-2025-04-14",
            "jobs.support-base",
        ),
        INTERPOLATED,
    ]
    training_file: Annotated[
        Text, says("What it learns from: the name of an entry of `files`.", "support-train")
    ]
    validation_file: Annotated[
        Text | None,
        says(
            "What it is measured with: the name of an entry of `files`. Reinforcement needs one.",
            "support-valid",
        ),
    ] = None
    method: Annotated[Method | None, says("Unset: supervised, all `auto`.")] = None
    suffix: Annotated[
        Annotated[str, Meta(min_length=1, max_length=64)] | None,
        says("Stands in the model's name; 1 to 64 characters, at some endpoints 40.", "support"),
        INTERPOLATED,
    ] = None
    seed: Annotated[
        Annotated[int, Meta(ge=0, le=MAX_SEED)] | None,
        says("The same seed, nearly the same model; unset: the server's.", 7),
    ] = None
    integrations: Annotated[
        Annotated[Many[Integration], Meta(max_length=5)] | None,
        says(
            "Where else it reports to, 5 at the most; they do not decide what is trained.",
            [{"type": "wandb", "wandb": {"project": "support-bots"}}],
        ),
    ] = None
    metadata: Annotated[
        Metadata | None,
        says(
            "Your own pairs, 10 at the most; they do not decide what is trained.",
            {"team": "support"},
        ),
    ] = None
    extra: Annotated[
        Extra | None,
        says(
            "Sent as it is, for what an endpoint adds to the API.",
            {"trainingType": "GlobalStandard"},
        ),
    ] = None
    generation: Annotated[
        int, Meta(ge=1), says("Raise it to run the very same job again, on purpose.")
    ] = 1
    retry: Annotated[Retry, says("Whether a failed job may be tried again without a person.")] = (
        Retry()
    )
    paused: Annotated[
        bool, says("Withholds the create, or pauses the job that runs; false resumes it.")
    ] = False
    protect: Annotated[bool, says("Refuse every plan that would cancel it.")] = False
    # Known only in order to say where it belongs; it has no value and is not in the JSON Schema.
    hyperparameters: Annotated[
        None,
        Before(_refuse_hyperparameters),
        Hidden(),
        says("Refused: write it under method."),
    ] = None

    @cached_property
    def references(self) -> Mapping[str, Address]:
        """API field → the entry of this manifest that it reads; asked for again and again."""
        refs = {"training_file": Address("files", self.training_file)}
        if self.validation_file:
            refs["validation_file"] = Address("files", self.validation_file)
        if base := base_model.job_of(self.model):
            refs["model"] = Address("jobs", base)
        return refs

    @property
    def epochs(self) -> int | str | None:
        """Passes over the data, where the manifest says so."""
        settings = settings_of(self.method) if self.method else None
        numbers = settings.hyperparameters if settings else None
        return numbers.n_epochs if numbers else None
