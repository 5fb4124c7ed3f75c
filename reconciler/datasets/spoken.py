"""What a model reads of one example, in any format; what is malformed is nothing to read."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

IMAGE, LOW_DETAIL = 765, 85
"""Tokens of an image of 1,024 by 1,024 pixels, and of any in low detail: 85, and 170 for each tile
of 512 pixels (OpenAI's guide on images and vision, "Calculating costs"). Nobody looks how large it
is; to count it for nothing would tell a price of a tenth.
"""


class Spoken:
    """The texts of an example.

    Attributes:
        texts: contents, names, and what tools are called with.
        messages: how many there are.
        images: about as many tokens as its images are.
        is_whole: False where the API reads more than these texts: an image, or a tool, which it
            writes out in a form of its own; tools are among the texts as JSON.
    """

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.texts: list[str] = []
        self.messages, self.images, self.is_whole = 0, 0, True
        self._hear([row.get("prompt"), row.get("completion")])
        for part in (row, row.get("input")):
            if isinstance(part, dict):
                self._converse(part.get("messages"))
                self._equip(part.get("tools") or part.get("functions"))
        self._converse(row.get("preferred_output"))
        self._converse(row.get("non_preferred_output"))

    def _hear(self, said: Iterable[object]) -> None:
        self.texts += [text for text in said if isinstance(text, str)]

    def _equip(self, tools: object) -> None:
        if tools:
            self.texts.append(json.dumps(tools, ensure_ascii=False, separators=(",", ":")))
            self.is_whole = False

    def _converse(self, messages: object) -> None:
        for message in messages if isinstance(messages, list) else ():
            if isinstance(message, dict):
                self.messages += 1
                self._listen(message)

    def _listen(self, message: Mapping[str, Any]) -> None:
        content = message.get("content")
        if isinstance(content, str):
            self.texts.append(content)
        elif isinstance(content, list):
            said = [part.get("text") for part in content if isinstance(part, dict)]
            self._hear(said)
            self.images += sum(map(_image_tokens, content))
            self.is_whole &= None not in said
        if len(message) > 2 or content is None:  # noqa: PLR2004  # more than role and content
            self._hear([message.get("name")])
            self._call(message.get("tool_calls"), message.get("function_call"))

    def _call(self, calls: object, call: object) -> None:
        listed = calls if isinstance(calls, list) else []
        called = [one.get("function") for one in listed if isinstance(one, dict)]
        for function in (*called, call):
            if isinstance(function, dict):
                self._hear([function.get("name"), function.get("arguments")])
                self.is_whole = False


def _image_tokens(part: object) -> int:
    if not isinstance(part, dict) or part.get("type") != "image_url":
        return 0
    image = part.get("image_url")
    is_low = isinstance(image, dict) and image.get("detail") == "low"
    return LOW_DETAIL if is_low else IMAGE
