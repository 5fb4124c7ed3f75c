"""A live object as the manifest entry that would have made it."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Final, get_args

from reconciler.core.fields import READ
from reconciler.core.resource import Observed
from reconciler.kinds.file import Purpose
from reconciler.kinds.job_answer import method_of
from reconciler.kinds.spec.hyperparameters import DEFAULTS
from reconciler.kinds.told import members, text

PURPOSES: Final = frozenset(get_args(Purpose))
"""Those that a file may be declared with; what the API makes for itself has others."""

_SHORTEST, _LONGEST = 3600, 2_592_000
"""Seconds of `expires_after`."""

Entry = dict[str, Any]

UNSET: Final[Mapping[str, Entry]] = {
    "files": {"purpose": "fine-tune", "expires_after": None},
    "jobs": dict.fromkeys(
        ("validation_file", "suffix", "seed", "method", "integrations", "metadata")
    ),
}
"""Kind → what an entry says of a field that its object does not have, where defaults say more."""


def stem_of(seen: Observed) -> str:
    """What people call it: a file's name without its extension, a job's suffix."""
    if seen.kind == "jobs":
        return text(seen.body, "user_provided_suffix")
    return PurePosixPath(text(seen.body, "filename")).stem


def file_entry(seen: Observed, path: str) -> Entry:
    """The entry of a file whose content is at `path`."""
    purpose, entry = text(seen.body, "purpose"), {"path": path}
    if purpose != "fine-tune":
        entry["purpose"] = purpose
    lasts = seen.expires_at - seen.created_at if seen.expires_at and seen.created_at else 0
    if _SHORTEST <= lasts <= _LONGEST:
        return entry | {"expires_after": {"seconds": lasts}}
    return entry


def job_entry(seen: Observed, names: Mapping[str, str]) -> Entry:
    """The entry of a job; `names` has the entry of each file that it reads, by its id.

    Fields that decide nothing come along where the manifest may have them.
    """
    body = seen.body
    said = {
        "model": body.get("model"),
        **{field: names[text(body, field)] for field in READ if text(body, field)},
        "suffix": body.get("user_provided_suffix"),
        "seed": body.get("seed"),
        "method": _method(method_of(body) or {}),
        "integrations": body.get("integrations"),
        "metadata": body.get("metadata"),
    }
    return {name: _set(value) for name, value in said.items() if value not in (None, "", [], {})}


def _method(told: Mapping[str, Any]) -> Entry:
    """What was set of a method: what the server is still to choose is not."""
    name = text(told, "type") or "supervised"
    settings = dict(members(told, name))
    chosen = members(settings, "hyperparameters")
    settings["hyperparameters"] = {k: v for k, v in chosen.items() if v not in DEFAULTS}
    kept = {k: v for k, v in settings.items() if v not in (None, {})}
    return {"type": name, name: kept} if kept else {"type": name}


def _set(value: Any) -> Any:  # noqa: ANN401  # any JSON value
    """Without what is null."""
    match value:
        case dict():
            return {name: _set(member) for name, member in value.items() if member is not None}
        case list():
            return [_set(member) for member in value]
        case _:
            return value
