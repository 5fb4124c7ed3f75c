"""Runs at a server that drops metadata: without a marker, only the whole spec and the files tell.

One that matches is taken for ours, because nobody else trains on our upload with this very spec;
more than one is ambiguous, and a person has to say which (`import`). The base of a run that starts
from another one stands in its spec as a fingerprint, and at the server as the model it was sent.
"""

from collections.abc import Container, Iterable, Mapping
from typing import Any

from reconciler.core.fields import flatten
from reconciler.core.fingerprint import is_fingerprint
from reconciler.core.rebind import undated
from reconciler.core.resource import Observed

SAID_BY_US = ("suffix", "method.type")
"""Fields that no server fills in by itself: unset here means unset there."""


def is_alike(
    spec: Mapping[str, Any], reads: Iterable[str], seen: Observed, resolved: Mapping[str, Any]
) -> bool:
    """Whether a run without any metadata is of this spec and reads just these objects.

    Args:
        reads: ids of files, and the model of the run that it starts from.
        resolved: flat field → what the server made of it.
    """
    given = tuple(reads)  # no set: what a server says of a model may be anything
    wanted = flatten(spec)
    unset = [field for field in SAID_BY_US if field not in wanted]
    return (
        seen.is_bare
        and bool(seen.reads)
        and set(seen.reads) <= set(given)
        and all(
            _is_sent(wanted[field], resolved[field], given) for field in wanted if field in resolved
        )
        and all(resolved.get(field) in (None, "", "supervised") for field in unset)
    )


def _is_sent(wanted: object, resolved: object, given: Container[object]) -> bool:
    """As it was said, or, where that was another run, as the model of it that was sent."""
    return resolved in given if is_fingerprint(wanted) else is_said(wanted, resolved)


def is_said(wanted: object, resolved: object) -> bool:
    """As it was said, or as an alias of it."""
    return wanted == resolved or (isinstance(resolved, str) and wanted == undated(resolved))
