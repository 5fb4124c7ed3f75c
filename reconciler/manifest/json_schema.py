"""The manifest's format as JSON Schema, for editors: generated from the models that read it.

Draft 2020-12 without what editors do not know (`prefixItems`, `unevaluatedProperties`,
`$dynamicRef`, `discriminator`). Where a rule needs context it says less than the models: no key of
an entry is required, because each may come from `defaults`.
"""

import inspect
from collections.abc import Iterator, Mapping

from pydantic.json_schema import models_json_schema

from reconciler.core.address import NAME
from reconciler.kinds.spec.model import model_of
from reconciler.kinds.spec.spec import Spec, Specs
from reconciler.manifest.defaults import DEFAULTS
from reconciler.manifest.envelope import Envelope
from reconciler.manifest.environments import CHANGEABLE, ENVIRONMENTS
from reconciler.manifest.json_partial import Partial
from reconciler.manifest.json_share import shared
from reconciler.manifest.json_tidy import (
    DEFS,
    Schema,
    bare,
    branches,
    name_of,
    nullable,
    ref,
    tidy,
    words,
)
from reconciler.manifest.matrix import MATRIX, MAX_MEMBERS, TYPE, Targets, targets_of
from reconciler.manifest.sheets import LISTS

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_NAME = f"^{NAME.pattern}$"
_WHOLE = "Manifest"
_REQUIRED, _BEFORE_RESOURCES = "project", "vars"


def document(specs: Specs) -> Schema:
    """The schema of a manifest whose sections hold entries of these models."""
    top, names, defs = _models(specs)
    resources = {DEFAULTS: _defaults({section: defs[name] for section, name in names.items()})}
    for section, spec in specs.items():
        defs[names[section]] = _entry(spec, defs[names[section]], defs)
        resources[section] = _by_name(f"The {section} of this manifest.", ref(names[section]))
    properties = dict(_with_resources(top, resources))
    included = {key: properties[key] for key in (*specs, *LISTS)}
    partial = Partial(defs)
    changes = {key: partial.of(properties[key]) for key in (*CHANGEABLE, *specs)}
    defs["Included"] = _object("A file that a manifest includes: resources alone.", included)
    defs["Environment"] = _object("What differs in this environment; null removes.", changes)
    properties[ENVIRONMENTS] = _environments()
    defs[_WHOLE] = _object("What should exist at the API.", properties)
    defs = shared(defs)
    return {
        "$schema": DRAFT,
        "title": "The manifest of reconciler",
        **defs.pop(_WHOLE),
        "required": [_REQUIRED],
        DEFS: dict(sorted(defs.items())),
    }


def _models(specs: Specs) -> tuple[Schema, Mapping[str, str], dict[str, Schema]]:
    """The properties of the top, each section's definition by name, and all definitions."""
    models = [model_of(spec) for spec in (Envelope, *specs.values())]
    refs, whole = models_json_schema([(model, "validation") for model in models])
    found = [str(name_of(refs[model, "validation"])) for model in models]
    defs: dict[str, Schema] = {name: tidy(schema) for name, schema in whole[DEFS].items()}
    top: Schema = defs.pop(found[0])["properties"]
    return top, dict(zip(specs, found[1:], strict=True)), defs


def _with_resources(top: Schema, resources: Schema) -> Iterator[tuple[str, Schema]]:
    """All keys of the top but `environments`, in the order in which people write them."""
    for key, value in top.items():
        yield key, value if key == _REQUIRED else nullable(value)
        if key == _BEFORE_RESOURCES:
            yield from resources.items()


def _entry(spec: type[Spec], schema: Schema, defs: Mapping[str, Schema]) -> Schema:
    """An entry; it may say nothing, where defaults say all."""
    paragraph = (inspect.getdoc(spec) or "").split("\n\n")[0].replace("\n", " ")
    properties = schema["properties"] | _matrix(targets_of(spec), schema, defs)
    return nullable(_object(paragraph, properties))


def _defaults(entries: Mapping[str, Schema]) -> Schema:
    sections = {
        name: nullable(_object(f"What each entry of {name} has.", schema["properties"]))
        for name, schema in entries.items()
    }
    about = "Values that every entry of a section has unless it says otherwise; one level deep."
    return nullable(_object(about, sections) | {"examples": [{"jobs": {"seed": 7}}]})


def _matrix(targets: Targets, schema: Schema, defs: Mapping[str, Schema]) -> Schema:
    """The key `matrix` of an entry, {} for a kind that has none."""
    if not targets:
        return {}
    properties = {key: _axis(_found(schema, path, defs), defs) for key, path in targets.items()}
    about = (
        "Values to vary: one entry for each combination, at the most "
        f"{MAX_MEMBERS}, named NAME[KEY=VALUE,…] with the keys in alphabetical order."
    )
    examples = [{"n_epochs": [2, 4], "learning_rate_multiplier": [0.5, 1.0]}]
    whole = _object(about, properties) | {"minProperties": 1, "examples": examples}
    return {MATRIX: nullable(whole)}


def _found(schema: Schema, path: tuple[str, ...], defs: Mapping[str, Schema]) -> list[Schema]:
    """The schemas of the keys at a path, in all the branches that have it."""
    found = [schema]
    for step in path:
        objects = [branch for one in found for branch in branches(one, defs)]
        found = [
            value
            for one in objects
            for key, value in one.get("properties", {}).items()
            if key == step or (step == TYPE and key != "type")
        ]
    return found


def _axis(found: list[Schema], defs: Mapping[str, Schema]) -> Schema:
    """A list of values for a key that has these schemas."""
    values = [bare(branch) for one in found for branch in branches(one, defs)]
    different = [value for i, value in enumerate(values) if value not in values[:i]]
    items = different[0] if len(different) == 1 else {"anyOf": different}
    about = {key: [value] if key == "examples" else value for key, value in words(found[0]).items()}
    return {**about, "type": "array", "items": items, "minItems": 1, "uniqueItems": True}


def _object(description: str, properties: Schema) -> Schema:
    closed = {"type": "object", "properties": properties, "additionalProperties": False}
    return {"description": description, **closed}


def _by_name(description: str, entry: Schema) -> Schema:
    named = {"type": ["object", "null"], "patternProperties": {_NAME: entry}}
    return {"description": description, **named, "additionalProperties": False}


def _environments() -> Schema:
    return _by_name(
        "What differs by environment; --env or default_env chooses one. Mappings merge, anything "
        "else replaces, null removes.",
        nullable(ref("Environment")),
    ) | {"examples": [{"dev": {}, "prod": {"provider": {"kind": "openai"}}}]}
