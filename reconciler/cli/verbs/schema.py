"""`reconciler schema`: the format of the manifest, for editors and other programs."""

from typing import Any

from reconciler.cli.settings import Settings
from reconciler.kinds import BY_NAME
from reconciler.manifest.json_layout import laid_out
from reconciler.manifest.json_schema import document


def show_schema(settings: Settings, /) -> int:
    """Print the JSON Schema of the manifest."""
    settings.out.text(schema_text())
    return 0


def schema() -> dict[str, Any]:
    """The JSON Schema of the manifest, from the models that read it."""
    return document({name: kind.spec for name, kind in BY_NAME.items()})


def schema_text() -> str:
    """The same as it stands in a file."""
    return laid_out(schema()) + "\n"
