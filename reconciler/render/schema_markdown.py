"""The reference of the manifest as a Markdown page, from its JSON Schema."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_HEAD = """# Manifest

Every key of `reconciler.yaml`, from the models that read it. Made by
`reconciler explain --of manifest --format markdown`; do not edit it. `reconciler schema` prints
the same for editors.

A name (`NAME`) begins with a letter or digit and has letters, digits, `-` and `_` of lower case,
63 at most. Keys are strict: one that is not listed here is an error with its place.
"""

Schema = Mapping[str, Any]
REPEATS = ("environments.NAME.", "defaults.")
"""What stands below these may be left out there, and is else what it is elsewhere."""

LONGEST_ENUM = 12
"""Words of a choice that are listed."""


def manifest_page(schema: Schema) -> str:
    """A section for each object of the manifest, in the order in which they are met."""
    return "\n".join([_HEAD, *_sections(_Reader(schema))])


def _sections(reader: "_Reader") -> Iterator[str]:
    while reader.waiting:
        path, one = reader.waiting.pop(0)
        yield f"## {path}\n"
        if text := one.get("description"):
            yield f"{_flat(text)}\n"
        yield "| key | value | |\n|-|-|-|"
        required = set(one.get("required", ()))
        below = "" if path == "Top level" else f"{path.partition(' (')[0]}."
        for name, member in one["properties"].items():
            reader.at = f"{below}{name}"
            says = _flat(reader.looked_up(member).get("description") or "")
            must = "**required.** " * (name in required)
            yield f"| `{name}` | {reader.words(member)} | {must}{says} |"
        yield ""


class _Reader:
    """Looks up references, and remembers the objects that still want a section."""

    def __init__(self, schema: Schema) -> None:
        self.defs = schema.get("$defs", {})
        self.waiting: list[tuple[str, Schema]] = [("Top level", schema)]
        self.at = ""
        self.paths: dict[int, str] = {}

    def looked_up(self, one: Any) -> Schema:  # noqa: ANN401  # a schema may be true
        """What a schema says, references followed; what stands beside one stands over it."""
        seen: dict[str, Any] = dict(one) if isinstance(one, dict) else {}
        while name := seen.pop("$ref", None):
            seen = {**self.defs[name.rsplit("/", 1)[1]], **seen}
        return seen

    def words(self, one: Any) -> str:  # noqa: ANN401
        """What a value may be; an object gets a section of its own."""
        found = self.looked_up(one)
        for union in ("anyOf", "oneOf"):
            if union in found:
                told = (self.words(each) for each in found[union])
                return _either(told)
        if "const" in found:
            return f"`{found['const']}`"
        if choice := found.get("enum"):
            more = " …" * (len(choice) > LONGEST_ENUM)
            return ", ".join(f"`{word}`" for word in choice[:LONGEST_ENUM]) + more
        return self._typed(found)

    def _typed(self, found: Schema) -> str:
        match found.get("type"):
            case "object" if found.get("properties"):
                return self._section(found, self.at)
            case "object":
                return self._map(found)
            case "array":
                self.at += "[]"
                return f"list of {self.words(found.get('items', {}))}"
            case list(kinds):
                return _either(self._typed({**found, "type": kind}) for kind in kinds)
            case str(kind):
                return kind + _bounds(found)
            case _:
                return "any value"

    def _map(self, found: Schema) -> str:
        self.at += ".NAME"
        patterns = [*found.get("patternProperties", {}).values()]
        value = patterns[0] if patterns else found.get("additionalProperties", {})
        return f"names, each with {self.words(value)}" if value else "names and values"

    def _section(self, found: Schema, path: str) -> str:
        """A link to the section of an object; it is written once, where it is met first."""
        for repeats in REPEATS:
            if path.startswith(repeats):
                return f"as `{path.removeprefix(repeats)}`"
        key = id(found["properties"])
        if key not in self.paths:
            kind = self.looked_up(found["properties"].get("type")).get("const")
            self.paths[key] = f"{path} ({kind})" if kind else path
            self.waiting.append((self.paths[key], found))
        return f"[{self.paths[key]}](#{_anchor(self.paths[key])})"


def _either(words: Iterable[str]) -> str:
    """Each once; that a key may be left empty goes without saying."""
    return " or ".join(word for word in dict.fromkeys(words) if word != "null")


def _bounds(found: Schema) -> str:
    low, high = found.get("minimum"), found.get("maximum")
    if low is not None and high is not None:
        return f" from {low} to {high}"
    return f" of {low} or more" if low is not None else ""


def _anchor(path: str) -> str:
    """As Markdown's renderers make one of a heading."""
    kept = (c for c in path.lower().replace(" ", "-") if c.isalnum() or c in "-_")
    return "".join(kept)


def _flat(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
