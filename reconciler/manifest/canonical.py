"""In which order the keys of a manifest stand: that of its JSON Schema, names by the alphabet."""

from collections.abc import Iterable, Mapping
from typing import Final

from reconciler.core.address import NAME
from reconciler.manifest.json_tidy import DEFS, Schema, branches

Rank = tuple[int, str]
"""What keys are sorted by; those of one rank stay as they stand."""

MERGE = "<<"


class Guide:
    """What the schema says of one place in a manifest."""

    def __init__(self, several: Iterable[Schema], defs: Mapping[str, Schema]) -> None:
        found = [one for schema in several for one in branches(schema, defs)]
        keys = dict.fromkeys(key for one in found for key in one.get("properties", {}))
        self._order: Final = {key: n for n, key in enumerate(keys)}
        self._found, self._defs = found, defs
        self._below: dict[str, Guide] = {}
        self.is_of_names = any(_NAMED in one.get("patternProperties", {}) for one in found)
        """Whether the keys are names that people chose."""

    @classmethod
    def of(cls, schema: Schema) -> "Guide":
        """That of a whole manifest, or of an included file, which has some of its keys."""
        return cls([schema], schema[DEFS])

    @property
    def has_order(self) -> bool:
        """Whether anything is known of the keys; else their order may be part of the value."""
        return self.is_of_names or bool(self._order)

    def rank(self, key: str) -> Rank:
        """Merge keys first, then the known ones in their order, or names; unknown keys last."""
        if key == MERGE and self.has_order:
            return -1, ""
        if self.is_of_names:
            return 0, key
        return self._order.get(key, len(self._order)), ""

    def at(self, key: str) -> "Guide":
        """The same for the value of a key."""
        kept = key if key in self._order else ""
        if kept not in self._below:
            self._below[kept] = Guide(self._values(kept), self._defs)
        return self._below[kept]

    def of_items(self) -> "Guide":
        """The same for each item of a list."""
        if "[]" not in self._below:
            items = (one["items"] for one in self._found if "items" in one)
            self._below["[]"] = Guide(items, self._defs)
        return self._below["[]"]

    def _values(self, key: str) -> Iterable[Schema]:
        for one in self._found:
            if key:
                yield from (v for k, v in one.get("properties", {}).items() if k == key)
            else:
                yield from one.get("patternProperties", {}).values()
                rest = one.get("additionalProperties")
                yield from [rest] if isinstance(rest, dict) else []


_NAMED = f"^{NAME.pattern}$"
