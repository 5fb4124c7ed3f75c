"""`reconciler chat`: ask a model; the answer alone goes to stdout."""

import sys
import time
from collections.abc import Mapping
from typing import Any

import click

from reconciler.cli.live import address_of, recorded
from reconciler.cli.root import Command
from reconciler.cli.settings import Settings
from reconciler.cli.workspace import Workspace
from reconciler.core.resource import Record
from reconciler.errors import ReconcilerError
from reconciler.text import visible


@click.command(cls=Command)
@click.argument("model")
@click.argument("text", required=False)
@click.option("--system", help="What the model is told first.")
@click.option("--temperature", type=click.FloatRange(0, 2), help="0 is the most certain.")
@click.pass_obj
def chat_command(
    settings: Settings,
    /,
    model: str,
    text: str | None,
    system: str | None,
    temperature: float | None,
) -> int:
    """Ask MODEL (an address such as jobs.support-bot, or a model id).

    Without TEXT it is read from stdin; at a terminal the talk goes on until ^D.
    """
    with recorded(settings) as (workspace, _):
        name = model_of(model, workspace)
        start = [{"role": "system", "content": system}] if system else []
        options = {} if temperature is None else {"temperature": temperature}
        if text is None and sys.stdin.isatty():
            _talk(workspace, name, start, options)
            return 0
        question = sys.stdin.read().strip() if text is None else text
        _ask(workspace, name, [*start, {"role": "user", "content": question}], options)
    return 0


def model_of(target: str, workspace: Workspace) -> str:
    """A model id, or the model of the job that an address stands for."""
    if not target.startswith("jobs."):
        return target
    address = address_of(target)
    record = workspace.journal().state.records.get(address)
    if record is None:
        raise ReconcilerError(
            f"{visible(target)} has no model yet",
            why="the state records no job for this address",
            cure="reconciler apply --wait",
        )
    return str(record.facts.get("fine_tuned_model") or _fresh_model(target, record, workspace))


def _fresh_model(target: str, record: Record, workspace: Workspace) -> str:
    """The state may be older than the job."""
    job = workspace.api.retrieve_job(record.id)
    if model := job.get("fine_tuned_model"):
        return str(model)
    raise ReconcilerError(
        f"{target} has no model yet",
        why=f"{record.id} is {visible(str(job.get('status')))}",
        cure="reconciler apply --wait",
    )


def _talk(
    workspace: Workspace,
    model: str,
    messages: list[dict[str, str]],
    options: Mapping[str, Any],
) -> None:
    """Question and answer until ^D; the model is told all of it each time."""
    while True:
        try:
            question = click.prompt(">", prompt_suffix=" ", err=True)
        except click.Abort:
            workspace.settings.out.say("")
            return
        messages.append({"role": "user", "content": question})
        answer = _ask(workspace, model, messages, options)
        messages.append({"role": "assistant", "content": answer})


def _ask(
    workspace: Workspace,
    model: str,
    messages: list[dict[str, str]],
    options: Mapping[str, Any],
) -> str:
    """One completion: the answer to stdout, model and usage to stderr."""
    began = time.monotonic()
    answer = workspace.api.chat({"model": model, "messages": messages, **options})
    took = time.monotonic() - began
    out, text = workspace.settings.out, _content(answer)
    if out.is_json:
        out.document(answer)
    else:
        out.keep("\n".join(visible(line) for line in text.splitlines()))
        out.say(_footer(answer, model, took, simulated=workspace.is_simulated))
    return text


def _content(answer: Mapping[str, Any]) -> str:
    try:
        return str(answer["choices"][0]["message"]["content"] or "")
    except (KeyError, IndexError, TypeError) as error:
        raise ReconcilerError(
            "the endpoint's answer holds no text",
            why="choices[0].message.content is missing",
            cure="reconciler chat … --json shows the whole answer",
        ) from error


def _footer(answer: Mapping[str, Any], model: str, took: float, *, simulated: bool) -> str:
    usage = answer.get("usage") or {}
    tokens = f"{usage.get('prompt_tokens', '–')} + {usage.get('completion_tokens', '–')} tokens"
    parts = [visible(str(answer.get("model", model))), tokens, f"{took:.1f}s"]
    return " · ".join([*parts, "simulator"] if simulated else parts)
