"""Runs at a server that drops metadata: without a marker, only the whole spec and the files tell.

One that matches is taken for ours, because nobody else trains on our upload with this very spec;
more than one is ambiguous, and a person has to say which (`import`).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.core.fields import flatten
from reconciler.core.rebind import undated
from reconciler.core.resource import Observed

SAID_BY_US = ("suffix", "method.type")
"""Fields that no server fills in by itself: unset here means unset there."""


def is_alike(
    spec: Mapping[str, Any], reads: Iterable[str], seen: Observed, resolved: Mapping[str, Any]
) -> bool:
    """Whether a run without any metadata is of this spec and reads just these objects.

    Args:
        resolved: flat field → what the server made of it.
    """
    wanted = flatten(spec)
    unset = [field for field in SAID_BY_US if field not in wanted]
    return (
        seen.is_bare
        and bool(seen.reads)
        and set(seen.reads) <= set(reads)
        and all(is_said(wanted[field], resolved[field]) for field in wanted if field in resolved)
        and all(resolved.get(field) in (None, "", "supervised") for field in unset)
    )


def is_said(wanted: object, resolved: object) -> bool:
    """As it was said, or as an alias of it."""
    return wanted == resolved or (isinstance(resolved, str) and wanted == undated(resolved))
