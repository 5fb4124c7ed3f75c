"""Small look-alikes of the kinds' entry models, and what a reading of a text says."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from reconciler.errors import InvalidInput, Problem
from reconciler.manifest import Manifest, load


class Strict(BaseModel):
    """What every entry model is."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class FileSpec(Strict):
    """A dataset."""

    path: str
    purpose: Literal["fine-tune", "batch"] = "fine-tune"
    protect: bool = False


class Hyperparameters(Strict):
    """Each a number or auto."""

    n_epochs: Literal["auto"] | Annotated[int, Field(ge=1, le=50)] = "auto"
    learning_rate_multiplier: Literal["auto"] | Annotated[float, Field(gt=0)] = "auto"


class Supervised(Strict):
    """The settings of one method."""

    hyperparameters: Hyperparameters = Hyperparameters()


class Method(Strict):
    """How to train."""

    type: Literal["supervised", "dpo"]
    supervised: Supervised | None = None


class Exact(Strict):
    """One shape of a grader."""

    type: Literal["exact"]
    reference: str


class Alike(Strict):
    """Another shape of a grader."""

    type: Literal["alike"]
    threshold: float = Field(0.5, multiple_of=0.25)


class JobSpec(Strict):
    """A job."""

    training_file: str
    model: str
    suffix: str | None = Field(None, min_length=1, max_length=8, pattern=r"^[a-z-]+$")
    seed: int | None = Field(None, ge=0, le=100)
    method: Method | None = None
    metadata: dict[str, str] | None = Field(None, max_length=2)
    grader: Annotated[Exact | Alike, Field(discriminator="type")] | None = None
    shape: str | Exact | None = None
    tags: list[str] = []
    extra: dict[str, Any] | None = None
    parent: str | None = None

    @field_validator("parent")
    @classmethod
    def _not_itself(cls, parent: str) -> str:
        if parent == "bot":
            raise ValueError("a job cannot be its own parent")
        return parent


SPECS: Mapping[str, type[BaseModel]] = {"files": FileSpec, "jobs": JobSpec}


def read(text: str | bytes) -> Manifest:
    """Load a text as the file `reconciler.yaml`."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "reconciler.yaml")
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load(path, SPECS)


def problems(text: str | bytes) -> list[Problem]:
    """What is wrong with a text; [] where nothing is."""
    try:
        read(text)
    except InvalidInput as error:
        return list(error.problems)
    return []


def said(text: str | bytes) -> list[str]:
    """The problems, one short line each: `LINE:COLUMN what [code]`."""
    return [
        f"{found.mark.line}:{found.mark.column} {found.what} [{found.code}]"
        if found.mark
        else f"{found.what} [{found.code}]"
        for found in problems(text)
    ]
