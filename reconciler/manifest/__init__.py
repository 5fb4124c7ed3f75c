"""YAML with marks, strict models, resolved desired resources.

`load` reads a manifest; everything else here is reached through the names below, which are
imported on first use, so that a command that reads no manifest pays for neither yaml nor pydantic.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.manifest.envelope import Import, Moved, Provider, Removed, StateSpec
    from reconciler.manifest.loading import load
    from reconciler.manifest.model import Manifest

__all__ = ["Import", "Manifest", "Moved", "Provider", "Removed", "StateSpec", "load"]

_HOME = {"load": "loading", "Manifest": "model"}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME.get(name, 'envelope')}"), name)
