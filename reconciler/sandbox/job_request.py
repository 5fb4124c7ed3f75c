"""The body of `POST /fine_tuning/jobs`: what is allowed in it, and its normal form."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from reconciler.sandbox import fields, graders, hyperparameters
from reconciler.sandbox.catalog import REINFORCEMENT, SUPERVISED
from reconciler.sandbox.envelope import Rejected
from reconciler.sandbox.identity import fresh

_KINDS = {
    "model": "string",
    "training_file": "string",
    "validation_file": "string",
    "method": "object",
    "hyperparameters": "object",
    "suffix": "string",
    "seed": "integer",
    "integrations": "array",
    "metadata": "object",
}
MAX_SEED = 2_147_483_647


class JobSpec(Struct, frozen=True):
    """What a job was asked to do; `method` has every hyperparameter, `auto` where unset."""

    model: str
    training_file: str
    validation_file: str | None = None
    method: dict[str, Any] = {}
    suffix: str | None = None
    seed: int = 0
    integrations: tuple[dict[str, Any], ...] = ()
    metadata: dict[str, str] | None = None

    @property
    def kind(self) -> str:
        """The method's type: supervised, dpo or reinforcement."""
        return str(self.method["type"])

    @property
    def settings(self) -> dict[str, Any]:
        """The hyperparameters of the method."""
        return dict(self.method[self.kind]["hyperparameters"])


def read(body: Mapping[str, Any], *, strict: bool) -> JobSpec:
    """The spec of a create request; `strict` refuses fields the API does not have.

    Raises:
        Rejected: 400 that names the first field that is wrong.
    """
    if strict:
        fields.known(body, _KINDS)
    _refuse_null(body)
    spec = JobSpec(
        model=fields.string(fields.required(body, "model"), "model", least=1),
        training_file=fields.string(fields.required(body, "training_file"), "training_file"),
        validation_file=_optional_string(body, "validation_file"),
        method=_method(body),
        suffix=_optional_string(body, "suffix", least=1, most=64),
        seed=_seed(body),
        integrations=_integrations(body),
        metadata=_metadata(body.get("metadata")),
    )
    if spec.kind == REINFORCEMENT and spec.validation_file is None:
        fields.required(body, "validation_file")
    return spec


def _refuse_null(body: Mapping[str, Any]) -> None:
    for name, value in body.items():
        if value is None and name in _KINDS:
            raise Rejected(f"None is not of type '{_KINDS[name]}' - '{name}'", param=name)


def _optional_string(
    body: Mapping[str, Any], name: str, *, least: int = 0, most: int | None = None
) -> str | None:
    if name not in body:
        return None
    return fields.string(body[name], name, least=least, most=most)


def _seed(body: Mapping[str, Any]) -> int:
    if "seed" in body:
        return fields.integer(body["seed"], "seed", least=0, most=MAX_SEED)
    return int.from_bytes(fresh("", 6).encode()) % MAX_SEED


def _method(body: Mapping[str, Any]) -> dict[str, Any]:
    given = fields.mapping(body.get("method", {"type": SUPERVISED}), "method")
    kinds = tuple(hyperparameters.OF_METHOD)
    kind = fields.choice(fields.required(given, "type", "method"), "method.type", kinds)
    path = f"method.{kind}"
    settings = fields.mapping(given.get(kind, {}), path)
    if "hyperparameters" in settings or kind != SUPERVISED:
        chosen, where = settings.get("hyperparameters", {}), f"{path}.hyperparameters"
    else:
        chosen, where = body.get("hyperparameters", {}), "hyperparameters"
    normal = {"hyperparameters": hyperparameters.read(chosen, kind, where)}
    if kind == REINFORCEMENT:
        grader = fields.required(settings, "grader", path)
        normal = {"grader": graders.check(grader, f"{path}.grader")} | normal
    return {"type": kind, kind: normal}


def _integrations(body: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    given = fields.array(body.get("integrations", []), "integrations", most=5)
    return tuple(_integration(each, f"integrations[{index}]") for index, each in enumerate(given))


def _integration(given: object, path: str) -> dict[str, Any]:
    body = fields.mapping(given, path)
    fields.choice(fields.required(body, "type", path), f"{path}.type", ("wandb",))
    return {"type": "wandb", "wandb": _wandb(fields.required(body, "wandb", path), f"{path}.wandb")}


def _wandb(given: object, path: str) -> dict[str, Any]:
    """What the API keeps of the settings; the rest is only checked."""
    settings = fields.mapping(given, path)
    fields.string(fields.required(settings, "project", path), f"{path}.project")
    for name in ("name", "entity"):
        if settings.get(name) is not None:
            fields.string(settings[name], f"{path}.{name}")
    for tag in fields.array(settings.get("tags", []), f"{path}.tags"):
        fields.string(tag, f"{path}.tags")
    return {"project": settings["project"], "entity": settings.get("entity")}


def _metadata(given: object) -> dict[str, str] | None:
    if given is None:
        return None
    pairs = fields.mapping(given, "metadata")
    if len(pairs) > 16:  # noqa: PLR2004 - the API's limit, documented with the field
        raise Rejected(
            f"Invalid 'metadata': too many properties. Expected an object with at most 16"
            f" properties, but got an object with {len(pairs)} properties instead.",
            param="metadata",
            code="object_above_max_properties",
        )
    for key, value in pairs.items():
        fields.string(key, f"metadata key '{key[:64]}'", most=64)
        fields.string(value, f"metadata.{key}", most=512)
    return pairs
