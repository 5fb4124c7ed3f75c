"""What the examples of a file teach: measured row by row, judged at the end."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Self

import msgspec
from msgspec import Struct, field

from reconciler.datasets.examples import Examples
from reconciler.datasets.finding import Row, Value
from reconciler.datasets.images import without_images
from reconciler.datasets.notes import Lines, Measured, Notes
from reconciler.datasets.plain import PROMPTS, Assistant, Said, Usual

DISTINCT = 64
"""Texts told apart; where there are more, each example has its own on purpose."""

LABEL = 64
"""Characters of an answer that may be a label; a longer one is free text."""

BYTES_A_TOKEN = 4
LONG = 4_096
"""Characters of a text beyond which its digest is kept."""

LONG_TOKENS = 65_536
"""Tokens of an example beyond which it is cut: "Training example context length" of gpt-4o and
gpt-4o-mini in Azure's table of models (MicrosoftDocs/azure-ai-docs, `fine-tune-models.md`).
OpenAI's guide names none today; for other models the number is ours."""

LONGEST = LONG_TOKENS * BYTES_A_TOKEN
"""Bytes of an example that long."""

MOST_ALIKE = 0.9
"""Share of the examples from which the others are the exception."""

FEW = 50
"""Examples from which shares mean something."""


class Texts(Struct):
    """How often each of a few texts stands, and where first; nothing where there are many."""

    found: dict[str | None, Lines] = field(default_factory=dict)
    is_few: bool = True

    def add(self, text: str | None, *lines: int) -> None:
        """The text of one example, or of several in a row; None where they have none."""
        if self.is_few:
            self.found.setdefault(text, Lines()).add_all(lines)
            self._look()

    def merge(self, other: Self) -> None:
        """Those of another part of the file, too."""
        self.is_few &= other.is_few
        for text, lines in other.found.items():
            self.found.setdefault(text, Lines()).merge(lines)
        self._look()

    def give_up(self) -> None:
        """There are too many, or they are too long."""
        self.is_few = False
        self.found.clear()

    def _look(self) -> None:
        if not self.is_few or len(self.found) > DISTINCT:
            self.give_up()

    def most(self) -> tuple[str | None, int, int]:
        """The text of most examples, how many have it, and how many have any."""
        counts = {text: lines.count for text, lines in self.found.items()}
        best = max(counts, key=counts.__getitem__, default=None)
        return best, counts.get(best, 0), sum(counts.values())

    def others(self) -> Lines:
        """Where another text stands than in most examples."""
        best, found = self.most()[0], Lines()
        for text, lines in self.found.items():
            if text != best:
                found.merge(lines)
        return found


class Quality:
    """Watches the examples of a file."""

    def __init__(self) -> None:
        self.examples = Examples()
        self._notes = Notes()
        self._prompts, self._answers = Texts(), Texts()

    def see_plain(self, usual: Usual) -> None:
        """Measure the usual examples of a block."""
        if max(map(len, usual.lines)) > LONGEST:
            for row, line, data in zip(usual.rows, usual.numbers, usual.lines, strict=True):
                if _is_long(data, row):
                    self._notes.add("over-long", line)
        if self._prompts.is_few:
            self._see_prompts(usual)
        if not all(usual.texts) or any(map(str.isspace, usual.texts)):
            for row, line in zip(usual.rows, usual.numbers, strict=True):
                if any(map(_is_silent, row.messages)):
                    self._notes.add("empty-answer", line)
        if self._answers.is_few:
            for row, line in zip(usual.rows, usual.numbers, strict=True):
                self._see_label(row.messages[-1].content, line)

    def _see_prompts(self, usual: Usual) -> None:
        firsts = [row.messages[0] for row in usual.rows]
        texts = [said.content if type(said) in PROMPTS else None for said in firsts]
        if texts.count(texts[0]) == len(texts):
            self._prompts.add(texts[0] and _short(texts[0]), *usual.numbers)
        else:
            for text, line in zip(texts, usual.numbers, strict=True):
                self._prompts.add(text and _short(text), line)

    def see(self, row: Row) -> None:
        """Measure one example."""
        if _is_long(row.said, row.value):
            self._notes.add("over-long", row.line)
        if messages := _messages(row.value):
            self._see_prompt(messages, row.line)
            if row.format == "chat":
                self._see_answers(messages, row.line)
        if row.format == "completion":
            self._see_answer(row.value.get("completion"), row.line)
        elif row.format == "dpo":
            self._see_sides(row.value, row.line)

    def _see_prompt(self, messages: list[Any], line: int) -> None:
        first = messages[0]
        is_prompt = isinstance(first, dict) and first.get("role") in ("system", "developer")
        text = first.get("content") if is_prompt else None
        self._prompts.add(_short(text) if isinstance(text, str) else None, line)

    def _see_answers(self, messages: list[Any], line: int) -> None:
        for message in messages:
            if _is_empty(message):
                self._notes.add("empty-answer", line)
                break
        if self._answers.is_few and isinstance(messages[-1], dict):
            self._see_label(messages[-1].get("content"), line)

    def _see_sides(self, value: Value, line: int) -> None:
        answers = value.get("preferred_output")
        if isinstance(answers, list) and any(map(_is_empty, answers)):
            self._notes.add("empty-answer", line)

    def _see_answer(self, answer: object, line: int) -> None:
        if isinstance(answer, str) and not answer.strip():
            self._notes.add("empty-answer", line)
        self._see_label(answer, line)

    def _see_label(self, answer: object, line: int) -> None:
        if not self._answers.is_few or answer is None:
            return
        if isinstance(answer, str) and len(answer) <= LABEL:
            self._answers.add(answer, line)
        else:
            self._answers.give_up()

    def merge(self, other: Self) -> None:
        """Add what was measured of another part of the file."""
        self.examples.merge(other.examples)
        self._notes.merge(other._notes)
        self._prompts.merge(other._prompts)
        self._answers.merge(other._answers)

    @property
    def prompt(self) -> str:
        """A digest of the system prompt of nearly all examples; empty where there is none."""
        best, count, total = self._prompts.most()
        if best is None or count < MOST_ALIKE * total:
            return ""
        return hashlib.sha256(best.encode()).hexdigest()[:16]

    def measured(self) -> Iterator[Measured]:
        """What is to be told of the file."""
        yield from self._notes.measured()
        repeated = self.examples.repeated()
        if repeated.count:
            yield Measured("duplicate-rows", "", repeated)
        others = self._prompts.others()
        if others.count and self._is_nearly_all(self._prompts):
            yield Measured("system-drift", "", others)
        if self._is_nearly_all(self._answers):
            best, count, total = self._answers.most()
            first = self._answers.found[best].first
            share = f"{100 * count // total} % of the answers"
            yield Measured("imbalance", share, Lines(count, first))

    def _is_nearly_all(self, texts: Texts) -> bool:
        _, count, total = texts.most()
        return total >= FEW and count >= MOST_ALIKE * total


def _is_long(line: bytes, value: object) -> bool:
    """Whether an example is, however its characters are written: many writers escape them.

    Args:
        line: its bytes, without those of images.
        value: what they hold, or the whole line; written anew, it has no character as a number.
    """
    return len(line) > LONGEST and len(without_images(msgspec.json.encode(value))) > LONGEST


def _short(text: str) -> str:
    """A text, or what stands for a long one: a few of them are kept."""
    return text if len(text) <= LONG else hashlib.sha256(text.encode()).hexdigest()


def _is_silent(said: Said) -> bool:
    """Whether an assistant says nothing."""
    return (not said.content or said.content.isspace()) and isinstance(said, Assistant)


def _messages(value: Mapping[str, Any]) -> list[Any] | None:
    messages = value.get("messages")
    if messages is None and isinstance(value.get("input"), dict):
        messages = value["input"].get("messages")
    return messages if isinstance(messages, list) else None


def _is_empty(message: object) -> bool:
    """Whether an assistant says nothing, nor calls a tool."""
    if not isinstance(message, dict):
        return False
    content = message.get("content")
    if not isinstance(content, str) or (content and not content.isspace()):
        return False
    is_calling = message.get("tool_calls") or message.get("function_call")
    return message.get("role") == "assistant" and not is_calling
