"""The ways by which an endpoint's words reach an output: each plays attacks on real commands."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.sandbox.pace import INSTANT, Pace
from tests.reliability.stage import AT_A_TERMINAL, Attacks, Shown, Stage, Tried, each_way, tried
from tests.support.cli import Said, Terminal, dataset, sandbox
from tests.support.distorted import distorted, everywhere
from tests.support.scripted import Act, answer, by_path, chunked, http, in_turn, raw


def page(items: Iterable[Mapping[str, Any]]) -> Act:
    """A whole list."""
    return answer(200, {"object": "list", "data": list(items), "has_more": False})


def lists(stage: Stage, attacks: Attacks) -> Shown:
    """Every field of files, jobs, models, events and checkpoints in a list, ids among them."""
    fields = ("filename", "purpose", "status", "model", "fine_tuned_model", "owned_by", "message",
              "level", "fine_tuned_model_checkpoint", "shutdown_date", "step_number")  # fmt: skip
    told = [
        {
            **dict.fromkeys(fields, text),
            "id": f"{text} {number}",
            "metadata": {"reconciler_address": text},
            "metrics": {"train_loss": text},
        }
        for number, text in enumerate(attacks)
    ]
    with stage.serves(by_path({"": page(told)})) as made:
        for command in (("files",), ("jobs",), ("models",), ("jobs", "events", "ftjob-1"),
                        ("jobs", "checkpoints", "ftjob-1"), ("plan",), ("status",), ("unmanaged",),
                        ("gc", "--dry-run"),
                        ("state", "rebuild", "--yes")):  # fmt: skip
            yield from each_way(made, *command)


def objects(stage: Stage, attacks: Attacks) -> Shown:
    """Names and values of one object, whatever its fields are."""
    told = {"id": "x-1", **dict(zip(attacks, attacks, strict=True)), "list": list(attacks)}
    with stage.serves(answer(200, told)) as made:
        for command in (("files", "get", "x-1"), ("jobs", "get", "x-1"), ("models", "get", "x-1"),
                        ("files", "upload", "data/train.jsonl"), ("jobs", "cancel", "x-1", "-y"),
                        ("jobs", "pause", "x-1"), ("jobs", "resume", "x-1")):  # fmt: skip
            yield from each_way(made, *command)


def complaints(stage: Stage, attacks: Attacks) -> Shown:
    """The API's own error: message, code, type and param."""
    for text in attacks:
        error = {"message": text, "type": text, "param": text, "code": text}
        with stage.serves(answer(400, {"error": error})) as made:
            yield from each_way(made, "models")


def failed_changes(stage: Stage, attacks: Attacks) -> Shown:
    """The same for each change of an apply."""
    refusals = (answer(400, {"error": {"message": text, "code": text}}) for text in attacks)
    lists_of_none = by_path({"/files": page(()), "/fine_tuning/jobs": page(()), "": page(())})
    turns = in_turn(refusals)
    act = Act(lambda peer: (turns if peer.request.method == "POST" else lists_of_none).do(peer))
    for said_as in ((), ("--json",)):
        with stage.serves(act) as made:
            names = [f"f{n}" for n in range(len(attacks) // 2)]
            for name in names:
                made.write(f"data/{name}.jsonl", dataset(12, name))
            made.save(files={n: {"path": f"data/{n}.jsonl"} for n in names}, jobs={})
            yield tried(made, *said_as, "apply", "--yes", "--settle", "0")


def gateways(stage: Stage, attacks: Attacks) -> Shown:
    """A page that is not the API's, its type, its reason, and where it points to."""
    for text in attacks:
        line = "".join(c for c in text if c not in "\r\n\0").encode("utf-8", "replace")
        head = b"HTTP/1.1 404 " + line + b"\r\nContent-Type: " + line + b"\r\n"
        body = text.encode("utf-8", "replace")
        odd = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
        away = b"HTTP/1.1 307 x\r\nLocation: " + line + b"\r\nContent-Length: 0\r\n\r\n"
        for data in (odd, away, http(200, body), line + b"\r\n\r\n"):
            with stage.serves(raw(data)) as made:
                yield from each_way(made, "files", "get", "file-1")


LIFE = ("plan", "status", "show jobs.bot", "state", "jobs events jobs.bot", "chat jobs.bot hi")
"""What looks at a job that was made."""


def lives(stage: Stage, attacks: Attacks) -> Shown:
    """A job's status, model, error and events, from its create to its end, through all commands."""
    for field, text in ((f, t) for f in ("status", "fine_tuned_model", "message") for t in attacks):
        with sandbox(INSTANT) as box:

            def told(path: str, value: Any, field: str = field, text: str = text) -> Any:
                is_job = path.startswith("GET /fine_tuning/jobs") and "error" not in value
                return everywhere(value, field, text) if is_job else value

            with distorted(stage.project(), box, told) as made:
                yield tried(made, "apply", "--yes", "--settle", "0")
                waits = ["apply --yes --wait --deadline 1s"] if text == attacks[0] else []
                for command in (*LIFE, *waits):
                    yield tried(made, *command.split())
                yield tried(made, "--json", "status")


def answers(stage: Stage, attacks: Attacks) -> Shown:
    """What a model says, the name that the endpoint gives it, and its figures."""
    for text in attacks:
        message = {"role": "assistant", "content": text}
        told = {"model": text, "choices": [{"message": message}], "usage": {"prompt_tokens": text}}
        with stage.serves(answer(200, told)) as made:
            yield from each_way(made, "chat", "ft:m", "hi", "--with", "other")
        for odd in ({"choices": text}, {"choices": [text]}, {"choices": [{"message": text}]}):
            with stage.serves(answer(200, odd)) as made:
                yield tried(made, "chat", "ft:m", "hi")


def terminals(stage: Stage, attacks: Attacks) -> Shown:
    """An answer that comes in pieces and a job that is waited for, at a real terminal."""
    text = "".join(attacks).replace("\0", "")
    chunk = json.dumps({"model": text, "choices": [{"delta": {"content": text}}]}).encode()
    said = chunked(b"data: " + chunk + b"\n\n", b"data: [DONE]\n\n")
    with stage.serves(raw(said)) as made, Terminal(made, "chat", "ft:m", "hi") as terminal:
        yield shown_at(terminal, attacks)

    def told(path: str, value: Any) -> Any:
        return everywhere(value, "status", text) if path.startswith("GET /fine") else value

    waiting = ("apply", "--yes", "--wait", "--settle", "0", "--deadline", "2s")
    with (
        sandbox(Pace(0, 0, 60)) as box,
        distorted(stage.project(), box, told) as made,
        Terminal(made, *waiting) as terminal,
    ):
        yield shown_at(terminal, attacks)


def contents(stage: Stage, attacks: Attacks) -> Shown:
    """A file of the endpoint, at a real terminal."""
    content = "".join(attacks).encode("utf-8", "surrogatepass")
    with (
        stage.serves(raw(http(200, content))) as made,
        Terminal(made, "files", "content", "file-1") as terminal,
    ):
        yield shown_at(terminal, attacks)


OURS = re.compile(r"\r|\x1b\[(?:2K|\?25[lh]|\d*A)")
"""What a line that is drawn anew is made of."""


def shown_at(terminal: Terminal, attacks: Attacks) -> Tried:
    """What was shown, without what draws a line anew; an attack that came through is kept whole."""
    shown = terminal.rest().out
    through = [text for text in attacks if not text.isprintable() and text in shown]
    return Tried(AT_A_TERMINAL, Said(0, OURS.sub("", shown), "".join(through)))
