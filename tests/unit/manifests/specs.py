"""Small look-alikes of the kinds' entry models, and what a reading of a text says."""

from collections.abc import Mapping
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from reconciler.errors import InvalidInput, Problem
from reconciler.manifest import Manifest, load

INTERPOLATED: dict[str, Any] = {"interpolated": True}


class Strict(BaseModel):
    """What every entry model is."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class FileSpec(Strict):
    """A dataset."""

    path: str = Field(description="Where it is.", json_schema_extra=INTERPOLATED)
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

    MATRIX: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "n_epochs": ("method", "{type}", "hyperparameters", "n_epochs"),
        "learning_rate_multiplier": (
            "method", "{type}", "hyperparameters", "learning_rate_multiplier",
        ),
        "seed": ("seed",),
        "suffix": ("suffix",),
        "training_file": ("training_file",),
    }  # fmt: skip

    training_file: str
    model: str = Field(json_schema_extra=INTERPOLATED)
    suffix: str | None = Field(
        None, min_length=1, max_length=8, pattern=r"^[a-z-]+$", json_schema_extra=INTERPOLATED
    )
    seed: int | None = Field(None, ge=0, le=100)
    method: Method | None = None
    metadata: dict[str, Annotated[str, Field(json_schema_extra=INTERPOLATED)]] | None = Field(
        None, max_length=2
    )
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


def read(
    text: str | bytes,
    *,
    env: str | None = None,
    environ: Mapping[str, str] | None = None,
    files: Mapping[str, str] | None = None,
) -> Manifest:
    """Load a text as `reconciler.yaml` of the folder at hand, with more files beside it."""
    with TemporaryDirectory() as folder, chdir(folder):
        for name, other in (files or {}).items():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_text(other)
        Path("reconciler.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
        return load(Path("reconciler.yaml"), SPECS, env=env, environ=environ or {})


def problems(text: str | bytes, **how: Any) -> list[Problem]:
    """What is wrong with a text, read as `read` does; [] where nothing is."""
    try:
        read(text, **how)
    except InvalidInput as error:
        return list(error.problems)
    return []


def said(text: str | bytes, **how: Any) -> list[str]:
    """The problems, one short line each: `[FILE:]LINE:COLUMN what [code]`."""
    return [f"{place(found)}{found.what} [{found.code}]" for found in problems(text, **how)]


def place(found: Problem) -> str:
    """Where it was found; the top file's name is left out."""
    return f"{found.mark} ".removeprefix("reconciler.yaml:") if found.mark else ""
