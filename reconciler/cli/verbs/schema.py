"""`reconciler schema`: the format of the manifest and of what programs read, as JSON Schemas."""

from typing import Any

from pydantic import TypeAdapter

from reconciler.cli.settings import Settings
from reconciler.kinds import BY_NAME
from reconciler.manifest.json_layout import laid_out
from reconciler.manifest.json_schema import DRAFT, document
from reconciler.manifest.json_tidy import tidy
from reconciler.render.events_shape import EventDocument
from reconciler.render.lineage_shape import LineageDocument
from reconciler.render.plan_shape import FORMAT_VERSION, PlanDocument

_OUTPUTS: dict[str, tuple[str, Any]] = {
    "plan": ("plan --json", PlanDocument),
    "events": ("a line of apply --json", EventDocument),
    "lineage": ("why --json", LineageDocument),
}


def show_schema(settings: Settings, /, of: str) -> int:
    """Print one of the JSON Schemas."""
    settings.out.text(schema_text(of))
    return 0


def schema(of: str = "manifest") -> dict[str, Any]:
    """The JSON Schema of the manifest, from the models that read it, or of an output."""
    if of == "manifest":
        return document({name: kind.spec for name, kind in BY_NAME.items()})
    what, shape = _OUTPUTS[of]
    title = f"{what} of reconciler, version {FORMAT_VERSION}"
    return {"$schema": DRAFT, "title": title, **tidy(TypeAdapter(shape).json_schema())}


def schema_text(of: str = "manifest") -> str:
    """The same as it stands in a file."""
    return laid_out(schema(of)) + "\n"
