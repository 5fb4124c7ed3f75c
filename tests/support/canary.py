"""Secrets that no test may find in anything the product leaves, and the search for them.

They look like real ones, and stand in the environment of every test. What is searched is found by
the whole of a secret, by its first and last characters, and by what usual encodings make of it.
"""

import base64
import json
import re
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import quote, quote_plus

KEY = "sk-4fB7qZ1xW9cK2mN8vT5yH3dJ6rL0pS"
"""Of the endpoint."""

AZURE_KEY = "7d1f9b3e5a8c42d6b0e4f2a9c6d83175"
"""Of an Azure endpoint: nothing in it looks like a key."""

PASSWORD = "Jw8$q/7xR@2vN:5tB+zG"
"""Of a database; its signs are written in many ways."""

DSN = f"postgresql://runner:{quote(PASSWORD, safe='')}@127.0.0.1:9/state"
"""Where a state may live."""

ENVIRONMENT = {"OPENAI_API_KEY": KEY, "AZURE_OPENAI_API_KEY": AZURE_KEY, "PGPASSWORD": PASSWORD}

said: list[tuple[str, bytes | str]] = []
"""What the product said in this test, each with where: whoever runs it adds what only they see."""

PART = 8
"""Characters of either end of a secret that give too much of it away."""

MOST_BYTES = 1 << 22
"""Of one file: its beginning and its end are searched, this much of each."""

MOST_FILES = 2_000


def leaks(data: bytes | str) -> list[str]:
    """In which form each secret stands in some output, in words; nothing where none does."""
    text = data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass")
    return [form for pattern, form in _patterns().items() if pattern in text]


def leaks_said(more: Iterable[tuple[str, str]]) -> Iterator[str]:
    """The same of what was said in this test, and of more that was, each with where."""
    for where, text in (*said, *more):
        yield from (f"{where}: {form}" for form in leaks(text))


def leaks_below(folder: Path) -> Iterator[str]:
    """The same of every file in a folder: its name, its content, what a link leads to."""
    for number, path in enumerate(folder.rglob("*")):
        if number == MOST_FILES:
            return
        name = str(path.relative_to(folder))
        found = leaks(name) + (leaks(str(path.readlink())) if path.is_symlink() else [])
        if path.is_file() and not path.is_symlink():
            found += leaks(_content(path))
        yield from (f"{name}: {form}" for form in found)


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        start = file.read(MOST_BYTES)
        file.seek(max(file.tell(), path.stat().st_size - MOST_BYTES))
        return start + file.read(MOST_BYTES)


@cache
def _patterns() -> dict[bytes, str]:
    """What is searched for → the first form of a secret that looks like it."""
    named = {"the key": KEY, "the Azure key": AZURE_KEY, "the password": PASSWORD}
    forms = [
        (pattern, f"{name} {form}")
        for name, secret in named.items()
        for form, pattern in _forms(secret)
    ]
    return dict(reversed(forms))


def _forms(secret: str) -> Iterable[tuple[str, bytes]]:
    """The whole is found by its ends, in whatever encoding keeps them."""
    for end, part in (("beginning", secret[:PART]), ("end", secret[-PART:])):
        yield end, part.encode()
        yield f"{end} in UTF-16", part.encode("utf-16-le")
        yield f"{end} in hex", part.encode().hex().encode()
        yield f"{end} in capitals of hex", part.encode().hex().upper().encode()
        yield f"{end} backwards", part[::-1].encode()
        written = {quote(part, safe=""), quote_plus(part), quote(part, safe="").lower(),
                   json.dumps(part)[1:-1], repr(part)[1:-1], re.escape(part)} - {part}  # fmt: skip
        for number, other in enumerate(sorted(written)):
            yield f"{end} as it is quoted ({number})", other.encode()
    for shift in range(3):
        yield f"in base64 ({shift})", _base64(secret.encode(), shift)
        yield f"in the base64 of URLs ({shift})", _base64(secret.encode(), shift, b"-_")


def _base64(secret: bytes, shift: int, others: bytes = b"+/") -> bytes:
    """What stands in base64 of any text that has the secret after so many bytes, modulo 3."""
    encoded = base64.b64encode(b"\0" * shift + secret, others)
    return encoded[4 if shift else 0 : len(encoded) // 4 * 4 - 4]


@contextmanager
def children_heard() -> Iterator[None]:
    """What children are called with, and what they say to whoever waits for them, is kept."""
    popen = subprocess.Popen
    begin, communicate = popen.__init__, popen.communicate

    def begun(child: Any, args: Any, *more: Any, **named: Any) -> None:
        said.append(("the arguments of a child", repr(args)))
        begin(child, args, *more, **named)

    def heard(child: Any, *more: Any, **named: Any) -> Any:
        streams = communicate(child, *more, **named)
        said.extend(("a child's output", stream) for stream in streams if stream)
        return streams

    with patch.object(popen, "__init__", begun), patch.object(popen, "communicate", heard):
        yield
