"""`POST /v1/chat/completions`: answers, whole or streamed."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from starlette.responses import Response, StreamingResponse

from reconciler.sandbox import chat, chat_request, job_rows, model_rows
from reconciler.sandbox.call import Call, json_text
from reconciler.sandbox.catalog import BY_NAME, base_of
from reconciler.sandbox.chat import Reply
from reconciler.sandbox.chat_request import ChatRequest
from reconciler.sandbox.envelope import Rejected
from reconciler.sandbox.examples import question
from reconciler.sandbox.identity import fresh

_FINGERPRINT = "fp_sandbox"


async def create(call: Call) -> Response:
    """`POST /chat/completions`: the nearest training example's reply, n times."""
    request = chat_request.read(await call.body())
    reply = chat.compose(request, await _taught(call, request))
    head = {"id": fresh("chatcmpl-"), "created": int(call.now), "model": request.model}
    head |= {"service_tier": "default", "system_fingerprint": _FINGERPRINT}
    if request.stream:
        stream = _events(head, request, reply)
        return StreamingResponse(stream, media_type="text/event-stream")
    choices = [_choice(index, reply) for index in range(request.n)]
    shown = {"object": "chat.completion", "choices": choices, "usage": _usage(request, reply)}
    return json_text(json.dumps(head | shown))


async def _taught(call: Call, request: ChatRequest) -> Mapping[str, Any] | None:
    job_id = model_rows.job_of(call.store, request.model, call.before())
    if BY_NAME[base_of(request.model)].speaks != "chat":
        raise Rejected(
            "This is not a chat model and thus not supported in the v1/chat/completions endpoint.",
            status=404,
            param="model",
        )
    if job_id is None:
        return None
    job = job_rows.get(call.store, job_id)
    memory = await asyncio.to_thread(call.api.learner.memory, job.spec.training_file)
    return memory.recall(question(request.messages))


def _choice(index: int, reply: Reply) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.text, "refusal": None}
    if reply.tool_calls:
        message["tool_calls"] = reply.tool_calls
    message["annotations"] = []
    return {"index": index, "message": message, "logprobs": None, "finish_reason": reply.finish}


def _usage(request: ChatRequest, reply: Reply) -> dict[str, Any]:
    prompt, completion = chat.prompt_cost(request), reply.cost * request.n
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    }


async def _events(head: dict[str, Any], request: ChatRequest, reply: Reply) -> AsyncIterator[bytes]:
    chunk = head | {"object": "chat.completion.chunk"}
    usage: dict[str, Any] = {"usage": None} if request.include_usage else {}
    for index in range(request.n):
        for delta, finish in _deltas(reply):
            choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}
            yield _event(chunk | {"choices": [choice]} | usage)
    if request.include_usage:
        yield _event(chunk | {"choices": [], "usage": _usage(request, reply)})
    yield b"data: [DONE]\n\n"


def _deltas(reply: Reply) -> Iterator[tuple[dict[str, Any], str | None]]:
    first = None if reply.tool_calls else ""
    yield {"role": "assistant", "content": first, "refusal": None}, None
    for index, call in enumerate(reply.tool_calls):
        yield {"tool_calls": [{"index": index} | call]}, None
    for token in reply.tokens:
        yield {"content": token}, None
    yield {}, reply.finish


def _event(value: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(value, separators=(",", ":")).encode() + b"\n\n"
