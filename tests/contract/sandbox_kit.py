"""What the contract tests of the sandbox share: a running simulator, clients, datasets."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3
from openai import DefaultHttpxClient, OpenAI
from openai.types import FileObject
from openai.types.fine_tuning import FineTuningJob

from reconciler.sandbox.embedded import Embedded, embed
from reconciler.sandbox.faults import KINDS
from reconciler.sandbox.pace import DEFAULT, Pace
from tests.conformance.answers import Judge
from tests.conformance.watch import watching

MODEL = "gpt-4.1-mini-2025-04-14"


class ManualClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Box:
    """A running simulator with the official client, a raw one and the clock."""

    server: Embedded
    openai: OpenAI
    clock: ManualClock
    pool: urllib3.PoolManager
    judge: Judge

    def send(
        self, method: str, path: str, body: Any = None, **more: Any
    ) -> urllib3.BaseHTTPResponse:
        """One raw request below `/v1`, with a key; a body that is not bytes is sent as JSON."""
        raw = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"authorization": "Bearer test"} | more.pop("headers", {})
        return self.pool.request(
            method, self.server.base_url + path, body=raw, headers=headers, **more
        )

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """One request to the control endpoints; the JSON of its answer."""
        raw = None if body is None else json.dumps(body).encode()
        answer = self.pool.request(method, self.server.control_url + path, body=raw)
        assert answer.status == 200, answer.data
        return answer.json()

    def fault(self, kind: str, **more: Any) -> None:
        """Switch a fault on; one that makes answers wrong is not held against them."""
        self.judge.is_lenient |= KINDS[kind].stage == "answer"
        self.control("POST", "/faults", {"kind": kind, **more})

    def upload(self, content: bytes | None = None, name: str = "train.jsonl") -> FileObject:
        """A file for fine-tuning; the default content is fit for it."""
        data = dataset() if content is None else content
        return self.openai.files.create(file=(name, data), purpose="fine-tune")

    def job(self, **more: Any) -> FineTuningJob:
        """A supervised job over a new file, unless the arguments say otherwise."""
        if "training_file" not in more:
            more["training_file"] = self.upload().id
        return self.openai.fine_tuning.jobs.create(**{"model": MODEL} | more)

    def trained(self, **more: Any) -> FineTuningJob:
        """A job after all its time has passed."""
        job = self.job(**more)
        self.clock.now += 3600
        return self.openai.fine_tuning.jobs.retrieve(job.id)


@contextmanager
def sandbox(store: Path | None = None, *, pace: Pace = DEFAULT) -> Iterator[Box]:
    """A simulator on a manual clock; in the end, every answer must have been as described."""
    clock, judge = ManualClock(), Judge()
    with (
        watching(judge.see),
        embed(store, pace=pace, clock=clock) as server,
        closing(_client(server.base_url)) as client,
        urllib3.PoolManager(maxsize=8, retries=False) as pool,
    ):
        yield Box(server, client, clock, pool, judge)
    assert not judge.problems, "\n".join(judge.problems)


def _client(base_url: str) -> OpenAI:
    # Most of the time of a new client goes to reading certificates, which plain HTTP needs not.
    http = DefaultHttpxClient(verify=False)
    return OpenAI(api_key="test", base_url=base_url, max_retries=0, http_client=http)


def chat(question: str, answer: str) -> dict[str, Any]:
    """A supervised example."""
    return {
        "messages": [
            {"role": "user", "content": question},
            {"role": "assistant", "content": answer},
        ]
    }


def jsonl(examples: list[Any]) -> bytes:
    """The bytes of a dataset."""
    return b"".join(json.dumps(each).encode() + b"\n" for each in examples)


def dataset(size: int = 12, thing: str = "order") -> bytes:
    """A fit dataset of questions about numbered things."""
    return jsonl(
        [chat(f"Where is {thing} {n}?", f"The {thing} {n} has tracking T{n}.") for n in range(size)]
    )


GRADER = {
    "type": "string_check",
    "name": "exact",
    "input": "{{sample.output_text}}",
    "reference": "{{item.answer}}",
    "operation": "eq",
}
PREFERENCES = jsonl(
    [
        {
            "input": {"messages": [{"role": "user", "content": f"q{n}"}]},
            "preferred_output": [{"role": "assistant", "content": f"good {n}"}],
            "non_preferred_output": [{"role": "assistant", "content": f"bad {n}"}],
        }
        for n in range(10)
    ]
)
PROMPTS = jsonl(
    [{"messages": [{"role": "user", "content": f"q{n}"}], "answer": f"a{n}"} for n in range(10)]
)
_TURNS: list[dict[str, Any]] = [
    {"role": "developer", "content": "{{sample.output_text}}"},
    {"role": "user", "content": {"type": "input_text", "text": "{{item.answer}}"}},
    {"role": "assistant", "content": [{"type": "output_text", "text": "a"}, "b"]},
    {"role": "user", "content": [{"type": "input_image", "image_url": "u:", "detail": "low"}]},
    {
        "role": "user",
        "content": [{"type": "input_audio", "input_audio": {"data": "", "format": "wav"}}],
    },
]
_SAMPLING = {
    "seed": 7,
    "top_p": 0.5,
    "temperature": 1.0,
    "max_completions_tokens": 10,
    "reasoning_effort": "low",
}
GRADERS: list[dict[str, Any]] = [
    GRADER,
    {"type": "python", "name": "p", "source": "def grade(s, i): return 1", "image_tag": "2025"},
    {
        "type": "text_similarity",
        "name": "t",
        "input": "a",
        "reference": "b",
        "evaluation_metric": "rouge_l",
    },
    {
        "type": "score_model",
        "name": "s",
        "model": "o4-mini",
        "input": _TURNS,
        "range": [0, 1],
        "sampling_params": _SAMPLING,
    },
    {"type": "multi", "name": "m", "graders": {"one": GRADER}, "calculate_output": "one"},
    {"type": "multi", "name": "m", "graders": GRADER, "calculate_output": "exact"},
]
