"""A valid sample made wrong: by bytes, by tokens, by structure; the same for the same seed."""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import yaml

from tests.support.attacks import TEXTS
from tests.support.sealed import sealed

LONGEST = 1 << 16
"""Bytes of an input; larger ones are made by hand where a limit is tested."""

TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\w.+-]+|[ \t]+|.', re.DOTALL)

BYTES = [bytes([n]) for n in (0, 9, 10, 13, 27, 32, 34, 92, 127, 128, 155, 192, 237, 254, 255)]
BYTES += [b"\xef\xbb\xbf", b"\xff\xfe", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x80\xa8"]

NUMBERS = (0, -1, 1, 2**31, 2**53 + 1, 2**63, 2**64, -(2**64), 10**30, 0.5, -0.0, 1e308, 5e-324)

WORDS = [
    *b"null true false NaN Infinity -Infinity 1e999 -1 0 0x10 010 1_000 1:30 9999999999".split(),
    *b"{} [] [[]] {{}} [ ] { } : , - ? | > & * ! % @ ` ~ << *a &a !!str !!python/object:a".split(),
    *b"--- ... # #x %TAG %YAML ${ ${var:x} ${env:HOME} ${env:RECONCILER_VAR_A:-x} ../ ..".split(),
    *b"jobs.a files.train jobs. .a jobs.a[x=1] project files jobs moved removed import".split(),
    *(b'""', b'"\\ud800"', b'"\\u0000"', b'"\\x41"', b'"' + b"x" * 4096 + b'"'),
    *(b"9" * 400, b"-" + b"9" * 400, b"0." + b"1" * 400, b"\n" * 50, b" " * 300),
    *(b"[" * 300, b'{"a":' * 300, b"- " * 300),
]

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
INDENTS = (b"", b" ", b"  ", b"\t", b"- ", b"? ", b"    ")

Mutation = Callable[[Random, bytes], bytes]


def mutated(random: Random, samples: Sequence[bytes], writers: Sequence[Mutation]) -> bytes:
    """One of the samples, changed once or a few times.

    Args:
        writers: changes of structure that fit these samples, beside those of bytes and tokens.
    """
    data = random.choice(samples)
    for _ in range(random.choice((0, 1, 1, 1, 2, 2, 3, 5, 8))):
        change = random.choice((by_bytes, by_tokens, *writers, *writers, *writers))
        data = change(random, data)[:LONGEST]
    return data if random.random() > 0.02 else spliced(random, data, random.choice(samples))


def by_bytes(random: Random, data: bytes) -> bytes:
    """Some bytes flipped, replaced, put in, taken out, doubled or cut off."""
    start, end = sorted(random.randrange(len(data) + 1) for _ in range(2))
    end = random.choice((start + 1, end, start + 8))
    match random.randrange(6):
        case 0:
            return (
                data[:start]
                + bytes(b ^ (1 << random.randrange(8)) for b in data[start : start + 1])
                + data[start + 1 :]
            )
        case 1:
            return data[:start] + random.choice(BYTES) + data[end:]
        case 2:
            return data[:start] + random.choice(BYTES) + data[start:]
        case 3:
            return data[:start] + data[end:]
        case 4:
            return data[:end] + data[start:end] * random.choice((1, 2, 50)) + data[end:]
        case _:
            return data[:start]


def by_tokens(random: Random, data: bytes) -> bytes:
    """A word or a sign replaced, put in, taken out, doubled, or exchanged with another."""
    tokens = TOKENS.findall(data) or [b""]
    here, there = random.randrange(len(tokens)), random.randrange(len(tokens))
    match random.randrange(6):
        case 0 | 1:
            tokens[here] = random.choice(WORDS)
        case 2:
            tokens.insert(here, random.choice(WORDS))
        case 3:
            del tokens[here]
        case 4:
            tokens[here], tokens[there] = tokens[there], tokens[here]
        case _:
            tokens[here:here] = tokens[min(here, there) : max(here, there)]
    return b"".join(tokens)


def spliced(random: Random, one: bytes, other: bytes) -> bytes:
    """The beginning of one and the end of another."""
    return one[: random.randrange(len(one) + 1)] + other[random.randrange(len(other) + 1) :]


def by_json(random: Random, data: bytes) -> bytes:
    """The JSON value with something of another kind in it; other text as it is."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return data
    return json.dumps(changed(random, value), ensure_ascii=random.random() < 0.5).encode(
        "utf-8", "surrogatepass"
    )


def by_lines(random: Random, data: bytes) -> bytes:
    """A line taken out, doubled, put elsewhere, indented anew, or put together with another."""
    lines = data.split(b"\n")
    here, there = random.randrange(len(lines)), random.randrange(len(lines))
    match random.randrange(5):
        case 0:
            del lines[here]
        case 1:
            lines.insert(there, lines[here])
        case 2:
            lines[here], lines[there] = lines[there], lines[here]
        case 3:
            lines[here] = (
                random.choice((b"", b" ", b"  ", b"\t", b"- ", b"? ", b"    "))
                + lines[here].lstrip()
            )
        case _:
            lines[here] += lines[there]
    return b"\n".join(lines)


def by_yaml(random: Random, data: bytes) -> bytes:
    """The value that a YAML text has, with something of another kind in it; other text as it is."""
    try:
        value = yaml.load(data, Loader=_LOADER)
    except (yaml.YAMLError, ValueError, RecursionError):
        return data
    style = random.choice((None, True, False))
    try:
        text: str = yaml.dump(changed(random, value), Dumper=_DUMPER, default_flow_style=style)
    except (yaml.YAMLError, UnicodeError, RecursionError):
        return data
    return text.encode("utf-8", "surrogatepass")


def by_rows(random: Random, data: bytes) -> bytes:
    """One row with something of another kind in it, or a row more or less."""
    rows = data.split(b"\n")
    here = random.randrange(len(rows))
    rows[here] = by_json(random, rows[here])
    return by_lines(random, b"\n".join(rows)) if random.random() < 0.3 else b"\n".join(rows)


def by_state(random: Random, data: bytes) -> bytes:
    """A document with something of another kind in it, and the right checksum."""
    rest = data.partition(b"\n")[2].partition(b"\n")[2]
    return sealed(by_json(random, b"{" + rest)[1:])


def by_journal(random: Random, data: bytes) -> bytes:
    """A journal with something of another kind in an entry, and the right checksum."""
    lines = data.split(b"\n")
    here = random.randrange(len(lines))
    text = by_json(random, lines[here].partition(b" ")[2])
    lines[here] = hashlib.sha256(text).hexdigest()[:16].encode() + b" " + text
    return b"\n".join(lines)


def by_plan(random: Random, data: bytes) -> bytes:
    """A saved plan with something of another kind in it, written as ours are, and sealed."""
    try:
        body = json.loads(data)
        body.pop("checksum", None)
    except (ValueError, AttributeError, RecursionError):
        return data
    text = json.dumps(changed(random, body), sort_keys=True, separators=(",", ":"))
    rest = text.encode()[1:] + b"\n"
    return b'{"checksum":"%s",' % hashlib.sha256(rest).hexdigest().encode() + rest


def changed(random: Random, value: Any) -> Any:
    """The value with one change somewhere in it."""
    if not isinstance(value, dict | list) or not value or random.random() < 0.15:
        return odd(random, value)
    if random.random() < 0.3:
        return _reshaped(random, value)
    if isinstance(value, dict):
        key = random.choice(sorted(value, key=str))
        return {**value, key: changed(random, value[key])}
    at = random.randrange(len(value))
    return [*value[:at], changed(random, value[at]), *value[at + 1 :]]


def _reshaped(random: Random, value: Any) -> Any:
    """A member more, less, doubled, renamed or put elsewhere."""
    if isinstance(value, list):
        item = random.choice(value)
        return random.choice(
            (value[:-1], [*value, item], value * 3, [value], [item, odd(random, item)], value[::-1])
        )
    key, other = random.choice(sorted(value, key=str)), random.choice(sorted(value, key=str))
    rest = {name: item for name, item in value.items() if name != key}
    return random.choice((
        rest, {**rest, word(random): value[key]}, {**value, word(random): odd(random, value[key])},
        {**value, key: value[other]}, {**value, key: value}, {**value, other: {key: value[key]}},
    ))  # fmt: skip


def odd(random: Random, value: Any) -> Any:
    """Something else in its place: of another type, at a limit, hostile, or deep."""
    deep = nested(random.choice((20, 40, 400)), value)
    return random.choice((
        None, True, False, [], {}, [value], {"a": value}, str(value), word(random), "x" * 5000,
        random.choice(NUMBERS), [word(random)] * 3, {word(random): value}, deep,
    ))  # fmt: skip


def nested(depth: int, value: Any) -> Any:
    """The value within so many lists or objects."""
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


def word(random: Random) -> str:
    """A text that is unlikely to be expected."""
    return random.choice(
        (*TEXTS.values(), "", "a", "jobs.a", "files.train", "../x", "file-1", "id")
    )
