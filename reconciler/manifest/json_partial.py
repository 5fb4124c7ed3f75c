"""What an environment may say of a part of the manifest: any of its keys, or null to remove it."""

from reconciler.manifest.json_tidy import Schema, name_of, nullable, ref

_PREFIX = "Partial"
_DEMANDS = frozenset({"required", "minProperties"})


class Partial:
    """Makes schemas partial; the partial version of a definition becomes one itself."""

    def __init__(self, defs: dict[str, Schema]) -> None:
        self._defs = defs
        self._names: dict[str, str] = {}

    def of(self, schema: Schema) -> Schema:
        """The schema with nothing required and null allowed at each key; lists stay whole."""
        return nullable(self._opened(schema))

    def _opened(self, schema: Schema) -> Schema:
        if name := name_of(schema):
            return {**schema, **ref(self._definition(name))}
        opened = {key: value for key, value in schema.items() if key not in _DEMANDS}
        for key in opened.keys() & {"properties", "patternProperties"}:
            opened[key] = {name: self.of(inner) for name, inner in schema[key].items()}
        if isinstance(values := schema.get("additionalProperties"), dict):
            opened["additionalProperties"] = self.of(values)
        if "anyOf" in schema:
            opened["anyOf"] = [self._opened(inner) for inner in schema["anyOf"]]
        return opened

    def _definition(self, name: str) -> str:
        """The name of a definition's partial version; its own where that says the same."""
        if name not in self._names:
            partial = self._names[name] = _PREFIX + name  # one that contains itself stops here
            opened = self._opened(self._defs[name])
            if opened == self._defs[name]:
                self._names[name] = name
            else:
                self._defs[partial] = opened
        return self._names[name]
