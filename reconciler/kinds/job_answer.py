"""What a job's answer tells beside what it trains: its pairs and reports, and where it failed."""

import re
from collections.abc import Mapping
from typing import Any

from reconciler.core.fields import READ, FieldChange, field_changes, flatten
from reconciler.core.resource import Observed, Resource
from reconciler.kinds.told import members, number, text

PREFIX = "reconciler_"
"""Of our metadata keys: the API allows `[A-Za-z0-9_.-]` and 16 pairs."""

OURS = 6
"""So many of them."""

_EXAMPLE = re.compile(r"\b(?:example|line) (\d{1,9})\b", re.IGNORECASE)
"""In the message of a failure; examples count from 1 and are lines."""


def beside(resource: Resource, seen: Observed) -> tuple[FieldChange, ...]:
    """Metadata of your own, and integrations, where the job was created with others."""
    if seen.marker is None:
        return ()
    return (*_pairs_beside(resource, seen), *_reports_beside(resource, seen))


def _pairs_beside(resource: Resource, seen: Observed) -> tuple[FieldChange, ...]:
    """Asked of every job of every plan."""
    own, pairs = resource.body.get("metadata") or {}, members(seen.body, "metadata")
    if len(pairs) == len(own) + OURS and own.items() <= pairs.items():
        return ()
    theirs = {name: said for name, said in pairs.items() if not name.startswith(PREFIX)}
    return field_changes({"metadata": theirs}, {"metadata": own})


def _reports_beside(resource: Resource, seen: Observed) -> tuple[FieldChange, ...]:
    """An endpoint may add to an integration, or not tell of any."""
    wanted, told = resource.body.get("integrations") or [], seen.body.get("integrations")
    if not isinstance(told, list) or (not wanted and not told):
        return ()
    is_same = len(wanted) == len(told) and all(map(_is_as_wanted, wanted, told))
    return () if is_same else (FieldChange("integrations", told or None, wanted or None),)


def _is_as_wanted(wanted: Mapping[str, Any], told: object) -> bool:
    """Whether an integration says all that is wanted of it, and perhaps more."""
    said, shown = flatten(wanted), flatten(told) if isinstance(told, dict) else {}
    return all(name in shown and shown[name] == value for name, value in said.items())


def method_of(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The method of a job; old ones and other servers tell hyperparameters without it."""
    said, hyperparameters = members(body, "method"), members(body, "hyperparameters")
    if said or not hyperparameters:
        return said or None
    return {"type": "supervised", "supervised": {"hyperparameters": hyperparameters}}


def place(error: Mapping[str, Any]) -> dict[str, Any]:
    """Which example of which file a failure is about, where its message says so."""
    found, field = _EXAMPLE.search(text(error, "message")), text(error, "param")
    is_of_file = field in READ or "file" in text(error, "code")
    if found is None or not is_of_file:
        return {}  # a line of a grader's program is none of the data
    return {"error_field": field if field in READ else READ[0], "error_line": int(found[1])}


def facts_of(
    model: str, body: Mapping[str, Any], error: Mapping[str, Any], *, is_usable: bool
) -> dict[str, Any]:
    """Figures for people; members that are not known are left out."""
    facts: dict[str, Any] = {}
    if model:
        facts["fine_tuned_model"] = model
    if tokens := number(body, "trained_tokens"):
        facts["trained_tokens"] = tokens
    if not is_usable:
        facts["model_deleted"] = True
    if error:
        said = {"error": text(error, "message"), "error_param": text(error, "param")}
        facts |= {name: value for name, value in (said | place(error)).items() if value}
    return facts
