"""What a message says: a text, or parts of text and image."""

from collections.abc import Mapping
from typing import Any

from reconciler.datasets.finding import Finding, Findings, Place, shown
from reconciler.datasets.rules_images import check_images, has_image

_PARTS = ("text", "image_url", "refusal")


def check_content(message: Mapping[str, Any], at: Place, number: str) -> Findings:
    """The content of a message, which only an assistant that calls a tool may do without."""
    content = message.get("content")
    if isinstance(content, str):
        return
    if isinstance(content, list) and content:
        yield from _check_parts(content, message.get("role"), (*at, "content"), number)
    elif content is None and _has_calls(message):
        return
    else:
        yield _missing(message, at, number)


def _has_calls(message: Mapping[str, Any]) -> bool:
    is_assistant = message.get("role") == "assistant"
    return is_assistant and bool(message.get("tool_calls") or message.get("function_call"))


def _missing(message: Mapping[str, Any], at: Place, number: str) -> Finding:
    content = message.get("content")
    is_missing = content is None or content == []
    return Finding(
        "missing-content" if is_missing else "bad-content",
        f"{number} {'has no content' if is_missing else 'has a content that is no text'}",
        at if "content" not in message else (*at, "content"),
        cure='add "content": a text, or a list of parts',
    )


def _check_parts(parts: list[Any], role: object, at: Place, number: str) -> Findings:
    urls: list[tuple[Place, str]] = []
    for index, part in enumerate(parts):
        kind = part.get("type") if isinstance(part, dict) else None
        if kind not in _PARTS:
            what = f"{number} has a part of content that is {_said(kind)}"
            cure = "parts are text or image_url; audio and files cannot be trained on"
            yield Finding("bad-content", what, (*at, index), cure=cure)
        elif not _is_whole(part, kind):
            what = f"{number} has a part without its {shown(kind)}"
            cure = '{"type": "text", "text": …} or {"type": "image_url", "image_url": {"url": …}}'
            yield Finding("bad-content", what, (*at, index), cure=cure)
        elif kind == "image_url":
            urls.append(((*at, index), part["image_url"]["url"]))
    yield from check_images(urls, role, number)


def _said(kind: object) -> str:
    return "no object with a type" if kind is None else f"of an unknown type: {shown(kind)}"


def _is_whole(part: Mapping[str, Any], kind: str) -> bool:
    return has_image(part) if kind == "image_url" else isinstance(part.get(kind), str)
