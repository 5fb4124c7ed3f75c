"""The images of an example: whose they are, how many, and whether they can be trained on.

Sizes and forms are those of OpenAI's guide, which Azure's repeats
(developers.openai.com/api/docs/guides/vision-fine-tuning, "Image data requirements"). It says that
other images can be skipped: an example is then trained on, and paid for, without its image.
"""

import re
from base64 import b64decode
from binascii import Error
from collections.abc import Iterable, Sequence
from typing import Any

from reconciler.datasets.finding import Finding, Findings, Place, shown
from reconciler.datasets.images import LARGEST

MOST = 10
"""Of one example; Azure's guide says 64, so that more is a warning."""

_WRITTEN = re.compile(r"data:([^;,]{0,100})(?:;[^;,]{0,100}){0,8};base64,", re.IGNORECASE)
_STARTS = re.compile(rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|RIFF....WEBP", re.DOTALL)
"""Of JPEG, PNG and WEBP."""
_START = 16
"""Characters of base64 that hold each of these."""
_KINDS = ("image/jpeg", "image/jpg", "image/png", "image/webp")


def check_images(urls: Sequence[tuple[Place, str]], role: object, number: str) -> Findings:
    """The images of one message.

    Args:
        urls: the place and the URL of each.
    """
    for place, url in urls:
        if role != "user":
            what = f"{number} has an image, and is not the user's"
            yield Finding("image-not-user", what, place, cure="images are the user's alone")
        if flaw := _flaw(url):
            why = (
                "the vendor's guide says that such an image can be skipped; the rest is trained on"
            )
            cure = "an address, or JPEG, PNG or WEBP of 10 MB at most as data:image/…;base64,…"
            yield Finding("bad-image", f"{number} has an image {flaw}", place, why=why, cure=cure)


def check_count(messages: Iterable[Any], at: Place) -> Findings:
    """How many images an example has, in all of its messages."""
    parts: list[object] = []
    for message in messages:
        content = message.get("content") if isinstance(message, dict) else None
        if isinstance(content, list):
            parts += content
    if len(parts) > MOST and (count := sum(map(has_image, parts))) > MOST:
        what = f"the example has {count} images"
        why = f"the vendor's guide allows {MOST}; more may fail the job"
        yield Finding("too-many-images", what, at, why=why, cure="split the example")


def has_image(part: object) -> bool:
    """Whether a part of a content is an image with its URL."""
    match part:
        case {"type": "image_url", "image_url": {"url": str()}}:
            return True
        case _:
            return False


def _flaw(url: str) -> str:
    """Why an image cannot be trained on, as far as its row tells."""
    if url[:8].lower().startswith(("https://", "http://")):
        return ""
    written = _WRITTEN.match(url)
    if not written:
        return "that is neither an address nor written as base64"
    if written[1].lower() not in _KINDS:
        return f"of a form that is not trained on: {shown(written[1])}"
    if len(url) - written.end() > LARGEST:
        return "of more than 10 MB"
    start = url[written.end() : written.end() + _START]
    return "" if _STARTS.match(_bytes(start)) else "whose data are no JPEG, PNG or WEBP"


def _bytes(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (Error, ValueError):  # no base64, and no ASCII
        return b""
