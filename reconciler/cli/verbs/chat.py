"""`reconciler chat`: ask a model; the answer alone goes to stdout."""

import sys
from typing import Any

from reconciler.cli.settings import Settings
from reconciler.cli.verbs.live import recorded
from reconciler.cli.verbs.talk import Message, Speaker, Talk
from reconciler.cli.verbs.trained import model_of
from reconciler.errors import UsageError


def chat(
    settings: Settings,
    /,
    model: str,
    text: str | None,
    others: tuple[str, ...],
    system: str | None,
    temperature: float | None,
    json_mode: bool,
) -> int:
    """Ask MODEL (an address such as jobs.support-bot, or a model id)."""
    start: list[Message] = [{"role": "system", "content": _said(system)}] if system else []
    is_talk = text is None and sys.stdin.isatty()
    question = "" if is_talk else _question(text)
    with recorded(settings) as workspace:
        names = (model, *others)
        speakers = [Speaker(name, model_of(name, workspace), start) for name in names]
        talk = Talk(workspace, speakers, _options(temperature, json_mode=json_mode))
        if is_talk:
            talk.until_end()
        else:
            talk.ask(question)
    return 0


def _question(text: str | None) -> str:
    """What was typed, or what stands in stdin.

    Raises:
        UsageError: it is empty, or no text.
    """
    question = _said(sys.stdin.read() if text is None else text).strip()
    if not question:
        why = "stdin holds no text" if text is None else "TEXT is empty"
        raise UsageError("nothing was asked", why=why, cure='reconciler chat MODEL "…"')
    return question


def _said(text: str) -> str:
    """The text, if it is one: what is not UTF-8 comes as lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        what, why = "the question is not UTF-8", "the endpoint could not read it; nothing was sent"
        raise UsageError(what, why=why, cure="convert it, for example with iconv") from error
    return text


def _options(temperature: float | None, *, json_mode: bool) -> dict[str, Any]:
    """What is said to the API beside the messages; what is unset is not sent."""
    options: dict[str, Any] = {} if temperature is None else {"temperature": temperature}
    return options | ({"response_format": {"type": "json_object"}} if json_mode else {})
