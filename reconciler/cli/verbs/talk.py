"""A talk with one model or several side by side: answers to stdout, the rest to stderr."""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

from reconciler.cli.out import Out
from reconciler.cli.verbs.workspace import Workspace
from reconciler.errors import ApiError, ReconcilerError
from reconciler.text import visible, visible_lines

Message = Mapping[str, str]


@dataclass
class Speaker:
    """A model that is asked, as it was named, and what was said so far."""

    name: str
    model: str
    messages: Sequence[Message] = ()


@dataclass(frozen=True)
class Talk:
    """Who is asked, and with which options of the API (`temperature`, `response_format`)."""

    workspace: Workspace
    speakers: Sequence[Speaker]
    options: Mapping[str, Any]

    @property
    def out(self) -> Out:
        """Where the answers go."""
        return self.workspace.settings.out

    def ask(self, question: str) -> None:
        """One question to each model, in the order they were given."""
        for speaker in self.speakers:
            if len(self.speakers) > 1:
                self.out.say(f"── {visible(speaker.name)} ──")
            asked = [*speaker.messages, {"role": "user", "content": question}]
            answer = {"role": "assistant", "content": self._answer(speaker.model, asked)}
            speaker.messages = [*asked, answer]

    def until_end(self) -> None:
        """Question after question until ^D; each model is told all of its talk each time.

        A question that fails is told, and is not part of the talk.
        """
        while True:
            try:
                question = click.prompt(">", prompt_suffix=" ", err=True)
            except click.Abort:
                self.out.say("")
                return
            try:
                self.ask(question)
            except ApiError as error:
                self.out.error(error)

    def _answer(self, model: str, messages: Sequence[Message]) -> str:
        """The text of an answer that was shown; as JSON it is a line."""
        body = {"model": model, "messages": messages, **self.options}
        began = time.monotonic()
        if self.out.is_json:
            answer = self.workspace.api.chat(body)
            self.out.line(answer)
            return content_of(answer)
        if sys.stdout.isatty():
            text, last = self._stream(body)
        else:
            last = self.workspace.api.chat(body)
            text = content_of(last)
            self.out.keep(visible_lines(text))
        self.out.say(self._footer(last, model, time.monotonic() - began))
        return text

    def _stream(self, body: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
        """The answer as it comes; its text, and the last piece, which tells the usage."""
        told: list[str] = []
        last: Mapping[str, Any] = {}
        wanted = {**body, "stream": True, "stream_options": {"include_usage": True}}
        for last in self.workspace.api.stream_chat(wanted):
            for piece in pieces_of(last):
                told.append(piece)
                self.out.piece(visible_lines(piece))
        self.out.piece("\n")
        return "".join(told), last

    def _footer(self, answer: Mapping[str, Any], model: str, took: float) -> str:
        """`MODEL · 14 + 17 tokens · 0.2s · simulator`."""
        usage = answer.get("usage") or {}
        prompt, completion = usage.get("prompt_tokens", "–"), usage.get("completion_tokens", "–")
        name = visible(str(answer.get("model", model)))
        tokens = visible(f"{prompt} + {completion} tokens")
        parts = [name, tokens, f"{took:.1f}s"]
        return " · ".join([*parts, "simulator"] if self.workspace.is_simulated else parts)


def content_of(answer: Mapping[str, Any]) -> str:
    """The text of a whole answer.

    Raises:
        ReconcilerError: it holds none.
    """
    try:
        return str(answer["choices"][0]["message"]["content"] or "")
    except (KeyError, IndexError, TypeError) as error:
        raise ReconcilerError(
            "the endpoint's answer holds no text",
            why="choices[0].message.content is missing",
            cure="reconciler chat … --json shows the whole answer",
        ) from error


def pieces_of(chunk: Mapping[str, Any]) -> Iterator[str]:
    """The new text of one piece of a stream; the last one has none."""
    for choice in chunk.get("choices") or ():
        if text := (choice.get("delta") or {}).get("content"):
            yield str(text)
