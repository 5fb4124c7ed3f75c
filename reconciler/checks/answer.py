"""One answer of a model, whole or as it comes; and the wait for a model that is not served yet."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from reconciler.errors import NotFound

NOT_FOUND_FOR = 300.0
"""Seconds within which a model that has just been trained may still answer 404: an API lists it
before every one of its machines serves it."""

FIRST_WAIT, LONGEST_WAIT = 2.0, 30.0


class Answer(NamedTuple):
    """What came; `calls` are the tools that it calls, each with its arguments as they came."""

    text: str = ""
    calls: tuple[tuple[str, str], ...] = ()
    seconds: float = 0.0


class Chat(Protocol):
    """What is asked of the API."""

    def chat(self, body: Mapping[str, object]) -> dict[str, Any]:
        """One completion."""
        ...

    def stream_chat(self, body: Mapping[str, object]) -> Any:  # noqa: ANN401  # a generator
        """Its pieces, as they come."""
        ...


class NoAnswer(ValueError):
    """The endpoint answered, and it is no completion."""


@dataclass
class Asker:
    """Asks models; a model that is not found is asked again until its time is over.

    Attributes:
        clock: seconds that only go forward.
        pause: waits so many seconds; a stop ends it early.
    """

    api: Chat
    clock: Callable[[], float]
    pause: Callable[[float], None]
    is_stopping: Callable[[], bool]
    _until: dict[str, float] = field(default_factory=dict)

    def ask(self, body: Mapping[str, Any], *, stream: bool = False) -> Answer:
        """The answer to one request.

        Raises:
            ApiError: the endpoint said no, or the model is still not found.
            NoAnswer: what it said is no completion.
        """
        model, wait = str(body["model"]), FIRST_WAIT
        until = self._until.setdefault(model, self.clock() + NOT_FOUND_FOR)
        while True:
            try:
                return self._asked(body, stream=stream)
            except NotFound:
                if self.clock() >= until or self.is_stopping():
                    raise
                self.pause(min(wait, max(until - self.clock(), 0.0)))
                wait = min(wait * 2, LONGEST_WAIT)

    def _asked(self, body: Mapping[str, Any], *, stream: bool) -> Answer:
        began = self.clock()
        message = self._streamed(body) if stream else _message(self.api.chat(body))
        return _answer(message, self.clock() - began)

    def _streamed(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        with closing(self.api.stream_chat(body)) as pieces:
            return _joined(_deltas(pieces))


def _message(body: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        message = body["choices"][0]["message"]
    except (KeyError, IndexError, TypeError) as error:
        raise NoAnswer("choices[0].message is missing") from error
    if not isinstance(message, dict):
        raise NoAnswer("choices[0].message is no object")
    return message


def _deltas(pieces: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for piece in pieces:
        choices = piece.get("choices")
        first = choices[0] if isinstance(choices, list) and choices else None
        delta = first.get("delta") if isinstance(first, dict) else None
        if isinstance(delta, dict):
            yield delta


def _joined(deltas: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The message that the pieces of a stream are."""
    texts: list[str] = []
    calls: dict[int, dict[str, str]] = {}
    for delta in deltas:
        texts += [delta["content"]] if isinstance(delta.get("content"), str) else []
        for call in _listed(delta.get("tool_calls")):
            index, said = call.get("index"), call.get("function")
            place = index if isinstance(index, int) else 0
            known = calls.setdefault(place, {"name": "", "arguments": ""})
            if isinstance(said, dict):
                known |= {name: text + str(said.get(name) or "") for name, text in known.items()}
    return {"content": "".join(texts), "tool_calls": [{"function": one} for one in calls.values()]}


def _listed(value: object) -> Sequence[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _answer(message: Mapping[str, Any], seconds: float) -> Answer:
    content = message.get("content")
    functions = (call.get("function") for call in _listed(message.get("tool_calls")))
    calls = [
        (str(f.get("name")), str(f.get("arguments"))) for f in functions if isinstance(f, dict)
    ]
    if not isinstance(content, str) and not calls:
        raise NoAnswer("it holds neither text nor a call of a tool")
    return Answer(content if isinstance(content, str) else "", tuple(calls), seconds)
