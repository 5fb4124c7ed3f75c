"""`reconciler chat`: ask a model; the answer alone goes to stdout."""

import sys
from typing import Any

from reconciler.cli.settings import Settings
from reconciler.cli.verbs.live import recorded
from reconciler.cli.verbs.talk import Message, Speaker, Talk
from reconciler.cli.verbs.trained import model_of


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
    start: list[Message] = [{"role": "system", "content": system}] if system else []
    with recorded(settings) as (workspace, _):
        names = (model, *others)
        speakers = [Speaker(name, model_of(name, workspace), [*start]) for name in names]
        talk = Talk(workspace, speakers, _options(temperature, json_mode=json_mode))
        if text is None and sys.stdin.isatty():
            talk.until_end()
        else:
            talk.ask(sys.stdin.read().strip() if text is None else text)
    return 0


def _options(temperature: float | None, *, json_mode: bool) -> dict[str, Any]:
    """What is said to the API beside the messages; what is unset is not sent."""
    options: dict[str, Any] = {} if temperature is None else {"temperature": temperature}
    return options | ({"response_format": {"type": "json_object"}} if json_mode else {})
