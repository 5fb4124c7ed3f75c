"""Small look-alikes of the kinds' entry models, and what a reading of a text says."""

from collections.abc import Mapping
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from reconciler.errors import InvalidInput, Problem
from reconciler.kinds.spec.spec import INTERPOLATED, After, Many, Spec, Specs, says
from reconciler.manifest import Manifest, load


class FileSpec(Spec, frozen=True, kw_only=True):
    """A dataset."""

    path: Annotated[str, says("Where it is."), INTERPOLATED]
    purpose: Literal["fine-tune", "batch"] = "fine-tune"
    protect: bool = False


class Hyperparameters(Spec, frozen=True, kw_only=True):
    """Each a number or auto."""

    n_epochs: Literal["auto"] | Annotated[int, Meta(ge=1, le=50)] = "auto"
    learning_rate_multiplier: Literal["auto"] | Annotated[float, Meta(gt=0)] = "auto"


class Supervised(Spec, frozen=True, kw_only=True):
    """The settings of one method."""

    hyperparameters: Hyperparameters = Hyperparameters()


class Method(Spec, frozen=True, kw_only=True):
    """How to train."""

    type: Literal["supervised", "dpo"]
    supervised: Supervised | None = None


class Exact(Spec, frozen=True, tag_field="type", tag="exact"):
    """One shape of a grader."""

    reference: str


class Alike(Spec, frozen=True, tag_field="type", tag="alike"):
    """Another shape of a grader."""

    threshold: Annotated[float, Meta(multiple_of=0.25)] = 0.5


def _not_the_bot(parent: str) -> str:
    if parent == "bot":
        raise ValueError("a job cannot be its own parent")
    return parent


Suffix = Annotated[str, Meta(min_length=1, max_length=8, pattern=r"^[a-z-]+$")]


class JobSpec(Spec, frozen=True, kw_only=True):
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
    model: Annotated[str, INTERPOLATED]
    suffix: Annotated[
        Annotated[str, Meta(min_length=1, max_length=8, pattern=r"^[a-z-]+$")] | None, INTERPOLATED
    ] = None
    seed: Annotated[int, Meta(ge=0, le=100)] | None = None
    method: Method | None = None
    metadata: Annotated[dict[str, Annotated[str, INTERPOLATED]], Meta(max_length=2)] | None = None
    grader: Exact | Alike | None = None
    shape: str | Exact | None = None
    tags: Many[str] = ()
    extra: dict[str, Any] | None = None
    parent: Annotated[str, After(_not_the_bot)] | None = None


SPECS: Specs = {"files": FileSpec, "jobs": JobSpec}


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
