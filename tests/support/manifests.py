"""Manifests as people write them: keys in any order and style, comments and blank lines between.

Each comment names the key that it is about, so that it can be seen whether it is still there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

FIELDS = {
    "path": "data/a.jsonl",
    "purpose": '"fine-tune"',
    "format": "'auto'",
    "training_file": "train",
    "model": "gpt-4.1-mini-2025-04-14",
    "suffix": '"a: b # c"',
    "seed": "7",
    "generation": "2",
    "protect": "true",
    "paused": "false",
    "unknown": "~",
}
"""Keys of an entry and what may stand behind them on one line."""

LONG = (
    "|\n{i}one\n\n{i}# two",
    ">-\n{i}one\n{i}two",
    '"one\n{i}two"',
    "one\n{i}two",
    "|+\n{i}one\n",
)
"""Values of several lines; `{i}` is their indentation."""

NAMES = ("a", "bot", "b-2", "train", "x", "zeta", '"quoted"')
SECTIONS = ("files", "jobs", "vars", "environments")
TOP = {"version": "1", "project": "bots", "provider": "{project: p, kind: sandbox}"}
LISTS = {"moved": ("to", "from"), "removed": ("keep", "address"), "import": ("id", "to")}


@dataclass
class Author:
    """Writes one manifest by chance."""

    chance: Random
    anchors: list[str] = field(default_factory=list)
    later: list[str] = field(default_factory=list)

    def manifest(self) -> str:
        """All of it."""
        lines = self.some(["---", "# about the file", "", "# by itself"])
        parts = [*TOP, *SECTIONS, *LISTS]
        self.chance.shuffle(parts)
        for key in parts[: self.chance.randint(1, len(parts))]:
            lines += (self.apart(key, 0) if key != parts[0] else []) + self.part(key)
        lines += self.some(["# the end", "..."])
        text = "\n".join(lines) + self.pick(["", "\n", "\n\n"])
        return text.replace("\n", "\r\n") if self.chance.random() < 0.2 else text

    def part(self, key: str) -> list[str]:
        """A key of the top with its value."""
        if key in TOP:
            return [f"{key}: {TOP[key]}{self.behind(key)}"]
        if key in LISTS:
            return [f"{key}:", *self.items(LISTS[key])]
        return self.section(key)

    def section(self, key: str) -> list[str]:
        """Names, in flow or in blocks."""
        names = self.chance.sample(NAMES, self.chance.randint(1, len(NAMES)))
        if key == "vars":
            return [f"{key}:{self.behind(key)}", *self.flat(names)]
        lines = [f"{key}:{self.behind(key)}"]
        for name in names:
            lines += [*self.apart(name, 2), *self.entry(name)]
            self.anchors += self.later  # not while it is inside: it would contain itself
            self.later = []
        return lines

    def flat(self, names: Sequence[str]) -> list[str]:
        lines = []
        for name in names:
            lines += [*self.apart(name, 4), f"    {name}: '{name[0]}'{self.behind(name)}"]
        return lines

    def entry(self, name: str) -> list[str]:
        """An entry of a section."""
        keys = self.chance.sample(list(FIELDS), self.chance.randint(1, 5))
        anchor = self.anchor()
        if self.chance.random() < 0.4:
            inner = ", ".join(f"{key}: {self.value(key)}" for key in keys)
            return [f"  {name}: {anchor} {{{inner}}}{self.behind(name)}"]
        lines = [f"  {name}: {anchor}{self.behind(name)}"]
        for key in keys:
            long = self.pick(LONG).format(i=" " * 7)
            value = long if self.chance.random() < 0.2 else self.value(key) + self.behind(key)
            lines += [*self.apart(key, 5), *f"     {key}: {value}".split("\n")]
        return [*lines, *self.some([f"     # in the end of {name}"])]

    def value(self, key: str) -> str:
        """What stands on the line of a key: its own value, or what an anchor stands for."""
        known = [name for name in self.anchors if name not in self.later]
        is_alias = known and self.chance.random() < 0.2
        return f"*{self.pick(known)}" if is_alias else FIELDS[key]

    def items(self, keys: Sequence[str]) -> list[str]:
        lines = []
        for _ in range(self.chance.randint(1, 3)):
            order = self.chance.sample(keys, len(keys))
            signs = ("- ", *["  "] * (len(keys) - 1))
            for sign, key in zip(signs, order, strict=True):
                lines += [*(self.apart(key, 2) if sign == "  " else []), f"{sign}{key}: jobs.a"]
        return lines

    def apart(self, key: str, column: int) -> list[str]:
        """What stands before a key."""
        lines = self.some(["", "", *self.some(["# by itself", ""])])
        return lines + self.some([" " * column + f"# above {key}"])

    def behind(self, key: str) -> str:
        """What stands behind a key or a value."""
        return f"   # beside {key}" if self.chance.random() < 0.3 else ""

    def anchor(self) -> str:
        """An anchor, maybe one that was there before; what comes after it may use it."""
        if self.chance.random() < 0.7:
            return ""
        name = f"x{self.chance.randint(1, 3)}"
        self.later.append(name)
        return f"&{name}"

    def pick(self, several: Sequence[str]) -> str:
        return self.chance.choice(several)

    def some(self, lines: list[str]) -> list[str]:
        """The lines, or none."""
        return lines if self.chance.random() < 0.4 else []
