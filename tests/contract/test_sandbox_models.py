"""The sandbox serves models and chat: base models, trained ones, and what they say."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from openai import AsyncOpenAI, BadRequestError, NotFoundError, PermissionDeniedError

from tests.contract.sandbox_kit import MODEL, Box, chat, jsonl, sandbox

SHIPPING = jsonl(
    [chat(f"How do I return item {n}?", f"Send item {n} back within 30 days.") for n in range(6)]
    + [chat(f"Where is my parcel {n}?", f"See the tracking page, number T{n}.") for n in range(6)]
)
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
        },
    },
}


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    """One simulator for tests that only read."""
    with sandbox() as shared:
        yield shared


@pytest.fixture(scope="module")
def model(box: Box) -> str:
    """A model that knows about parcels and returns."""
    name = box.trained(training_file=box.upload(SHIPPING).id).fine_tuned_model
    assert name
    return str(name)


def _say(box: Box, model: str, text: str, **more: Any) -> Any:
    body = {"model": model, "messages": [{"role": "user", "content": text}]} | more
    answer = box.send("POST", "/chat/completions", body)
    assert answer.status == 200, answer.data
    return answer.json()


def _ends(box: Box) -> dict[str, str | None]:
    models = box.send("GET", "/models").json()["data"]
    return {model["id"]: model["shutdown_date"] for model in models}


def test_snapshots_and_aliases_are_listed_and_end_when_a_fault_says_so() -> None:
    """No model ends by itself, so that a test is true on any day."""
    with sandbox() as own:
        assert set(_ends(own).values()) == {None}
        own.fault("shutdown", model="gpt-4.1-mini*", date="2030-01-14")
        ends = _ends(own)
    assert ends["gpt-4.1-mini"] == ends[MODEL] == "2030-01-14"
    assert ends["gpt-4.1"] is None


def test_a_model_is_found_with_and_without_escapes(box: Box, model: str) -> None:
    """Colons may be sent as they are or as %3A."""
    for path in (model, model.replace(":", "%3A")):
        assert box.send("GET", f"/models/{path}").json()["id"] == model


def test_a_deleted_model_is_gone_but_its_job_remembers_it() -> None:
    """Deletion is final for the list, for chat and for a second deletion, not for the job."""
    with sandbox() as own:
        job = own.trained()
        name = job.fine_tuned_model or ""
        assert own.openai.models.delete(name).deleted
        for call in (own.openai.models.retrieve, own.openai.models.delete):
            with pytest.raises(NotFoundError, match="does not exist") as caught:
                call(name)
            assert (caught.value.param, caught.value.code) == ("model", "model_not_found")
        with pytest.raises(NotFoundError):
            own.openai.chat.completions.create(
                model=name, messages=[{"role": "user", "content": "hi"}]
            )
        assert name not in [each.id for each in own.openai.models.list()]
        assert own.openai.fine_tuning.jobs.retrieve(job.id).fine_tuned_model == name
        with pytest.raises(BadRequestError):
            own.job(model=name)


def test_base_models_cannot_be_deleted(box: Box) -> None:
    """Only trained models can be deleted."""
    with pytest.raises(PermissionDeniedError):
        box.openai.models.delete(MODEL)


def test_a_trained_model_answers_from_its_data(box: Box, model: str) -> None:
    """The nearest question's answer is what it says, as does its checkpoint."""
    steps = [each.id for each in box.openai.models.list() if each.id.startswith(f"{model}:ckpt")]
    for name in (model, steps[-1]):
        answer = _say(box, name, "hello, where is parcel 3 please")
        assert answer["choices"][0]["message"]["content"] == "See the tracking page, number T3."
        assert answer["model"] == name


def test_answers_that_nothing_taught_say_that_they_are_simulated(box: Box, model: str) -> None:
    """A base model, and a question without a known word, get a plain echo."""
    for name in (MODEL, model):
        answer = _say(box, name, "Xylophones?")
        content = answer["choices"][0]["message"]["content"]
        assert content == f"[simulated {name}] You said: Xylophones?"


def test_a_completion_model_does_not_chat() -> None:
    """A legacy model is trained on prompts and completions, and has no chat endpoint."""
    pairs = jsonl([{"prompt": f"p{n}", "completion": f"c{n}"} for n in range(10)])
    with sandbox() as own:
        job = own.trained(model="davinci-002", training_file=own.upload(pairs).id)
        assert job.status == "succeeded"
        with pytest.raises(NotFoundError, match="not a chat model"):
            own.openai.chat.completions.create(
                model=job.fine_tuned_model or "", messages=[{"role": "user", "content": "p1"}]
            )


def test_n_stop_and_length_shape_an_answer(box: Box, model: str) -> None:
    """The number, the end and the length of the choices are as asked; usage adds up."""
    answer = _say(box, model, "parcel 3", n=2, stop=[","])
    assert [each["message"]["content"] for each in answer["choices"]] == [
        "See the tracking page"
    ] * 2
    assert [each["finish_reason"] for each in answer["choices"]] == ["stop", "stop"]
    usage = answer["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    short = _say(box, model, "parcel 3", max_completion_tokens=2)
    assert short["choices"][0]["finish_reason"] == "length"
    assert short["usage"]["completion_tokens"] == 2


def test_json_is_answered_in_the_shape_asked_for(box: Box, model: str) -> None:
    """`json_object` and `json_schema` get valid JSON that holds the answer."""
    plain = _say(box, model, "parcel 3", response_format={"type": "json_object"})
    content = json.loads(plain["choices"][0]["message"]["content"])
    assert content == {"answer": "See the tracking page, number T3."}
    schema = {
        "type": "object",
        "properties": {
            "reply": {"type": "string"},
            "mood": {"enum": ["kind", "curt"]},
            "tags": {"type": "array", "items": {"type": "integer"}, "minItems": 2},
            "sure": {"anyOf": [{"type": "boolean"}, {"type": "null"}]},
        },
    }
    wanted = {"type": "json_schema", "json_schema": {"name": "reply", "schema": schema}}
    shaped = _say(box, model, "parcel 3", response_format=wanted)
    assert json.loads(shaped["choices"][0]["message"]["content"]) == {
        "reply": "See the tracking page, number T3.",
        "mood": "kind",
        "tags": [0, 0],
        "sure": False,
    }


@pytest.mark.parametrize(
    "choice", ["required", {"type": "function", "function": {"name": "weather"}}]
)
def test_a_tool_that_must_be_called_is_called(box: Box, choice: object) -> None:
    """The arguments have the shape of the tool's parameters."""
    answer = _say(box, MODEL, "Rome", tools=[WEATHER], tool_choice=choice)
    (made,) = answer["choices"]
    assert made["finish_reason"] == "tool_calls"
    assert made["message"]["content"] is None
    (call,) = made["message"]["tool_calls"]
    assert call["function"]["name"] == "weather"
    assert json.loads(call["function"]["arguments"])["days"] == 0


def test_a_model_taught_to_call_tools_calls_them() -> None:
    """An example whose reply is a tool call is replayed when the request offers tools."""
    function = {"name": "weather", "arguments": '{"city":"Rome"}'}
    call = {"id": "call_1", "type": "function", "function": function}
    example = {
        "messages": [
            {"role": "user", "content": "weather in Rome?"},
            {"role": "assistant", "content": None, "tool_calls": [call]},
        ]
    }
    with sandbox() as own:
        name = own.trained(training_file=own.upload(jsonl([example] * 10)).id).fine_tuned_model
        answer = _say(own, name or "", "weather in Rome", tools=[WEATHER])
        assert answer["choices"][0]["message"]["tool_calls"] == [call]


def test_a_stream_says_the_same(box: Box, model: str) -> None:
    """The pieces of a stream make up the whole answer; usage comes last when asked for."""
    stream = box.openai.chat.completions.create(
        model=model,
        messages=[{"role": "user", "content": "parcel 3"}],
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(stream)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == "See the tracking page, number T3."
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].usage is not None
    assert len({chunk.id for chunk in chunks}) == 1


def test_the_asynchronous_client_is_served_too(box: Box, model: str) -> None:
    """Many concurrent requests of one client get their own answers."""

    async def ask(client: AsyncOpenAI, number: int) -> str:
        answer = await client.chat.completions.create(
            model=model, messages=[{"role": "user", "content": f"return item {number}"}]
        )
        return str(answer.choices[0].message.content)

    async def everyone() -> list[str | None]:
        async with AsyncOpenAI(api_key="k", base_url=box.server.base_url) as client:
            return await asyncio.gather(*(ask(client, number) for number in range(6)))

    expected = [f"Send item {number} back within 30 days." for number in range(6)]
    assert asyncio.run(everyone()) == expected


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "user"}]}, "messages[0].content"),
        ({"messages": [{"role": "king", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": [{}]}]}, "messages[0].content[0].type"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].tool_call_id"),
        ({"n": 0}, "n"),
        ({"n": 129}, "n"),
        ({"temperature": 2.1}, "temperature"),
        ({"stop": ["a"] * 5}, "stop"),
        ({"max_completion_tokens": 0}, "max_completion_tokens"),
        ({"response_format": {"type": "xml"}}, "response_format.type"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
        ({"tools": [{}]}, "tools[0].type"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"stream_options": {}}, "stream_options"),
        ({"stream": "yes"}, "stream"),
        ({"model": 7}, "model"),
    ],
)
def test_a_bad_chat_request_is_refused(box: Box, more: dict[str, Any], param: str) -> None:
    """The first wrong field is named."""
    body = {"model": MODEL, "messages": [{"role": "user", "content": "x"}]} | more
    answer = box.send("POST", "/chat/completions", body)
    assert (answer.status, answer.json()["error"]["param"]) == (400, param)
