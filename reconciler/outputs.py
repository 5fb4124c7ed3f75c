"""The file of `outputs`: which model each alias points at, for the applications.

It is written whole, in one spelling, so that a file which was written here can be told from any
other: read and written again, it gives the same bytes, and all that it names is known. Nothing
else is overwritten. A model's id has no character that a format could take for its own
(`alias.is_writable`).
"""

import json
import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import NamedTuple

from reconciler.backends.durable import (
    discard,
    explained,
    read_file,
    sync_folder,
    write_beside,
)
from reconciler.core.alias import Published, due, variable_of
from reconciler.core.state import State
from reconciler.errors import Refusal

LIMIT = 1_048_576
"""Bytes of the largest file that is looked at."""

READABLE = 0o644

_NOTE = "# Written by reconciler: an edit is overwritten by the next promotion.\n"

Models = Mapping[str, str]
"""Alias → model."""


class Format(NamedTuple):
    """How a file spells it: `write` it whole; `line` finds a name, as `key` has it, and a model."""

    write: Callable[[Models, str], str]
    line: re.Pattern[str]
    key: Callable[[str], str] = str


def _json(models: Models, _: str) -> str:
    return json.dumps(models, indent=2) + "\n"


def _dotenv(models: Models, _: str) -> str:
    return _NOTE + "".join(f'{variable_of(name)}="{model}"\n' for name, model in models.items())


def _github(models: Models, _: str) -> str:
    return "".join(f"{name}={model}\n" for name, model in models.items())


def _configmap(models: Models, name: str) -> str:
    head = f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n"
    data = "".join(f'  {alias}: "{model}"\n' for alias, model in models.items())
    return _NOTE + head + (f"data:\n{data}" if data else "data: {}\n")


FORMATS: Mapping[str, Format] = {
    "json": Format(_json, re.compile(r'^  "([^"]+)": "([^"]+)",?$', re.MULTILINE)),
    "dotenv": Format(_dotenv, re.compile(r'^([A-Z0-9_]+)="([^"]+)"$', re.MULTILINE), variable_of),
    "github": Format(_github, re.compile(r"^([^=\n]+)=([^=\n]+)$", re.MULTILINE)),
    "configmap": Format(_configmap, re.compile(r'^  ([^:\s]+): "([^"]+)"$', re.MULTILINE)),
}


class Outputs(NamedTuple):
    """Where the file is, how it is spelt, and which aliases are declared.

    Attributes:
        path: its place; `shown` is the manifest's spelling of it.
        name: of a ConfigMap.
    """

    path: Path
    shown: str
    format: Format
    name: str
    declared: Collection[str]

    def read(self, state: State) -> Published:
        """What the file says now. It may name what is declared, recorded, or was given up.

        Raises:
            ReconcilerError: it cannot be read.
        """
        with explained("read the outputs", self.shown):
            data = read_file(self.path, LIMIT)
        if data is None:
            return Published(self.shown)
        text = data.decode("utf-8", "replace")
        recorded = (address.name for address in state.aliases)
        names = {self.format.key(name): name for name in (*self.declared, *recorded)}
        found = self.format.line.findall(text)
        names |= {key: key for key, model in found if key not in names and model in state.released}
        models = {names[key]: model for key, model in found if key in names}
        if self.text(models) == text:
            return Published(self.shown, models)
        strange = sorted({key for key, _ in found} - names.keys())
        why = f"{strange[0]} in it is no alias" if strange else "it is spelt in another way"
        return Published(self.shown, {}, why)

    def text(self, models: Models) -> str:
        """The file that says this."""
        return self.format.write({name: models[name] for name in sorted(models)}, self.name)

    def publish(self, state: State, *, is_end: bool = False) -> None:
        """Bring the file up to date, atomically; one that was not written here stays.

        Args:
            is_end: what is declared is given up as well (`destroy`): nothing is kept for it.

        Raises:
            Refusal: something else is in its place.
            ReconcilerError: it cannot be written; what aliases point at is safe in the state.
        """
        there = self.read(state)
        wanted = due(state.aliases, there.models or {}, () if is_end else self.declared)
        if wanted == there.models or (there.models is None and not wanted):
            return
        if there.foreign:
            raise Refusal(
                f"refused: {self.shown} was not written by reconciler",
                where=f"outputs.file, {self.shown}",
                why=f"{there.foreign}; what aliases point at is safe in the state",
                cure="move it away, then reconciler apply: it writes the file",
            )
        with explained("write the outputs", self.shown):
            _replace(self.path, self.text(wanted).encode())


def _replace(path: Path, data: bytes) -> None:
    """Durable, whole at any time, and readable by the applications that it is for."""
    temporary = write_beside(path, data)
    try:
        temporary.chmod(READABLE)
        temporary.replace(path)
    except OSError:
        discard(temporary)
        raise
    sync_folder(path.parent)
