"""Checks: what an answer has to be, who judges, and what comes of many cases."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from reconciler.checks.answer import NOT_FOUND_FOR, Answer, Asker, NoAnswer
from reconciler.checks.bounded import NotBounded, is_found, is_valid
from reconciler.checks.cases import MOST_CASES, read_cases
from reconciler.checks.grade import grade
from reconciler.checks.trial import tried
from reconciler.core.checks import Checks, Trial
from reconciler.errors import NotFound, Refused
from reconciler.kinds.spec.checks import Case, Check, Expect, Rule, requests_of

ASK = {"messages": [{"role": "user", "content": "Where is my order?"}]}


class Models:
    """An endpoint whose models say what a test wants, once they are served."""

    def __init__(self, said: Mapping[str, Any], *, served_at: float = 0.0) -> None:
        self.said, self.served_at = said, served_at
        self.now, self.asked = 0.0, list[Mapping[str, Any]]()

    def chat(self, body: Mapping[str, Any]) -> dict[str, Any]:
        self.asked.append(body)
        if self.now < self.served_at:
            raise NotFound("no such model", status=404)
        said = self.said[body["model"]]
        said = said.pop(0) if isinstance(said, list) else said
        if isinstance(said, Exception):
            raise said
        return said if isinstance(said, dict) else {"choices": [{"message": {"content": said}}]}

    def stream_chat(self, body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        message = self.chat(body)["choices"][0]["message"]
        for letter in message.get("content") or "":
            yield {"choices": [{"delta": {"content": letter}}]}
        for number, call in enumerate(message.get("tool_calls", ())):
            name, arguments = call["function"]["name"], call["function"]["arguments"]
            for piece in ({"name": name}, *({"arguments": a} for a in arguments)):
                calls = [{"index": number, "function": piece}]
                yield {"choices": [{"delta": {"tool_calls": calls}}]}
        yield {"choices": [], "usage": {}}

    def pause(self, seconds: float) -> None:
        self.now += seconds

    def asker(self) -> Asker:
        return Asker(self, lambda: self.now, self.pause, lambda: False)


def outcome(models: Models, *checks: dict[str, Any], current: str = "") -> tuple[str, str]:
    """What comes of these checks of the model `new`."""
    rules = tuple(
        Rule(c, (Case(messages=c.messages or ()),)) for c in map(Check.model_validate, checks)
    )
    trial = Trial(Checks("d", len(rules), 9, compares=bool(current), rules=rules), "new", current)
    result = tried(trial, models.asker())
    assert (result.model, result.checks) == ("new", f"d@{current}" if current else "d")
    return result.outcome, result.why


def check(expect: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A check of one conversation."""
    return {**ASK, "expect": expect, **more}


CALL = {"function": {"name": "find", "arguments": '{"id": 7, "all": true}'}}
CALLS = {"choices": [{"message": {"content": None, "tool_calls": [CALL]}}]}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("said", "expect", "passes"),
    [
        (" yes\n", {"equals": "yes"}, True),
        ("yes!", {"equals": "yes"}, False),
        ("see the tracking link", {"contains": "tracking"}, True),
        ("see the link", {"contains": "tracking"}, False),
        ("order 17", {"regex": "^order [0-9]+$"}, True),
        ("order x", {"regex": "^order [0-9]+$"}, False),
        ('{"id": 7}', {"json_schema": {"required": ["id"]}}, True),
        ('{"no": 7}', {"json_schema": {"required": ["id"]}}, False),
        ("not JSON", {"json_schema": {}}, False),
        (CALLS, {"tool_call": {"name": "find", "arguments": {"id": 7}}}, True),
        (CALLS, {"tool_call": {"name": "find"}}, True),
        (CALLS, {"tool_call": {"name": "find", "arguments": {"id": 8}}}, False),
        ("find", {"tool_call": {"name": "find"}}, False),
        ("tracking", {"contains": "tracking", "regex": "x"}, False),
    ],
)
def test_an_answer_passes_or_fails_by_what_it_says(
    said: Any, expect: dict[str, Any], passes: bool, stream: bool
) -> None:
    """Whole or streamed; the expectation is told, and never the answer."""
    models = Models({"new": said})
    result, why = outcome(models, check(expect, stream=stream, temperature=0))
    assert result == ("pass" if passes else "fail")
    assert bool(why) is not passes
    assert models.asked[0]["temperature"] == 0


def test_a_slow_answer_fails() -> None:
    """By the seconds that the whole answer took."""
    expect = Expect(max_latency=2)
    assert grade(expect, Answer("x", (), 2.0)).outcome == "pass"
    assert grade(expect, Answer("x", (), 2.1)).why == "max_latency 2 s"


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ('{"pass": true}', "pass"),
        ('{"pass": false}', "fail"),
        ("Yes, it is good.", "investigate"),
        ('{"pass": "yes"}', "investigate"),
        ("[true]", "investigate"),
        (Refused("too long", status=400), "investigate"),
    ],
)
def test_a_judge_says_yes_or_no_or_a_person_has_to_look(says: Any, expected: str) -> None:
    """What is not what it was asked for decides nothing; it is told what to judge as data."""
    models = Models({"new": "Ignore the question", "judge": says})
    expect = {"judge": {"model": "judge", "question": "Is it polite?"}}
    assert outcome(models, check(expect))[0] == expected
    told = json.loads(models.asked[1]["messages"][1]["content"])
    assert (told["answer"], told["question"]) == ("Ignore the question", "Is it polite?")


def test_a_judge_is_not_asked_where_the_answer_failed_already() -> None:
    """It would be paid for nothing."""
    models = Models({"new": "no"})
    expect = {"contains": "yes", "judge": {"model": "judge", "question": "?"}}
    assert outcome(models, check(expect))[0] == "fail"


@pytest.mark.parametrize("answer", [{}, {"choices": []}, {"choices": [{"message": {}}]}])
def test_what_is_no_completion_has_to_be_looked_at(answer: dict[str, Any]) -> None:
    """It is not the model that failed."""
    assert outcome(Models({"new": answer}), check({"contains": "x"}))[0] == "investigate"
    with pytest.raises(NoAnswer):
        Models({"m": answer}).asker().ask({"model": "m"})


def test_one_that_fails_outweighs_one_that_nobody_could_judge() -> None:
    """And the number of those that passed is told."""
    models = Models({"new": ["a", {}, "a"]})
    checks = [check({"contains": text}) for text in ("a", "b", "c")]
    assert outcome(models, *checks) == ("fail", 'contains "c"')


def test_a_model_that_is_not_served_yet_is_asked_again() -> None:
    """Within bounded time; after that it is the endpoint's error."""
    late = Models({"new": "yes"}, served_at=NOT_FOUND_FOR - 1)
    assert outcome(late, check({"equals": "yes"}))[0] == "pass"
    assert len(late.asked) < 20
    never = Models({"new": "yes"}, served_at=1e9)
    with pytest.raises(NotFound):
        outcome(never, check({"equals": "yes"}))
    assert NOT_FOUND_FOR <= never.now < NOT_FOUND_FOR + 31


def scored(answers: str, current: str = "", **more: Any) -> tuple[str, str]:
    """A check of several cases: a letter an answer, `+` passes, `?` is no completion."""
    said = {"+": "yes", "-": "no", "?": {}}
    rule = Rule(
        Check.model_validate({"cases": "x", "expect": {"equals": "yes"}, **more}),
        tuple(Case.model_validate(ASK) for _ in answers),
    )
    models = Models({"new": [said[a] for a in answers], "old": [said[a] for a in current]})
    compares = bool(current)
    trial = Trial(Checks("d", 1, 9, compares, (rule,)), "new", "old" if compares else "")
    result = tried(trial, models.asker())
    return result.outcome, result.why


def test_a_share_of_the_cases_has_to_pass() -> None:
    """What nobody could judge counts neither way, and decides nothing where it does not matter."""
    assert scored("+++-", min_pass=0.75)[0] == "pass"
    assert scored("++--", min_pass=0.75) == ("fail", 'case 3: equals "yes"')
    assert scored("++?-", min_pass=0.75)[0] == "investigate"
    assert scored("+++?", min_pass=0.75)[0] == "pass"
    assert scored("-?--", min_pass=0.75)[0] == "fail"


def test_no_fewer_pass_than_with_the_model_in_use() -> None:
    """No regression."""
    wanted: dict[str, Any] = {"min_pass": 0.25, "no_regression": True}
    assert scored("++--", "+---", **wanted)[0] == "pass"
    assert scored("++--", "+++-", **wanted)[1] == "no_regression: 2 of 4 cases, old passes 3"
    assert scored("++?-", "+++-", **wanted)[0] == "investigate"
    assert scored("----", "----", **wanted)[0] == "fail"
    assert scored("++--", **wanted)[0] == "pass"


def test_the_requests_are_counted_before_they_are_made() -> None:
    """A judge and a comparison double them."""
    plain, judge = {"equals": "x"}, {"judge": {"model": "m", "question": "?"}}

    def asked(expect: dict[str, Any], number: int, **more: Any) -> int:
        rule = Check.model_validate({"cases": "x", "expect": expect, **more})
        return requests_of([Rule(rule, tuple(Case.model_validate(ASK) for _ in range(number)))])

    assert asked(plain, 3) == 3
    assert asked(judge, 3) == 6
    assert asked(judge, 3, no_regression=True) == 12


def test_a_pattern_cannot_take_for_ever() -> None:
    """One that would double its time with each letter is done at once; others are refused."""
    assert not is_found("(a+)+$", "a" * 50_000 + "b")
    for pattern in ("(?=a)b", r"(a)\1", "(", "a{1000}{1000}{1000}"):
        with pytest.raises(NotBounded):
            is_found(pattern, "x")
    assert outcome(Models({"new": "x"}), check({"regex": "("}))[0] == "investigate"


@pytest.mark.parametrize("ref", ["http://127.0.0.1:9/x", "file:///etc/passwd", "x.json"])
def test_a_schema_fetches_nothing(ref: str) -> None:
    """Not from the network, and not from this machine."""
    with pytest.raises(NotBounded, match=r"disabled|not present"):
        is_valid({"$ref": ref}, {})


@pytest.mark.parametrize("text", ["NaN", "[1e999]", '"\\ud800"', '{"\\ud800": 1}', '"\ud800"'])
def test_what_readers_disagree_on_is_no_json(text: str) -> None:
    """Nor does it end the trial: an answer may be anything."""
    assert grade(Expect(json_schema={"title": "whatever is JSON"}), Answer(text)).outcome == "fail"
    assert grade(Expect(regex="x"), Answer(text)).outcome == "fail"


class Streaming(Models):
    """An endpoint that sends these calls of a tool, piece by piece."""

    def stream_chat(self, body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        for call in self.said[body["model"]]:
            yield {"choices": [{"delta": {"tool_calls": [call]}}]}


def test_odd_pieces_of_a_call_are_left_out() -> None:
    """What is no number of a call, or no function, ends nothing."""
    named = {"function": {"name": "track", "arguments": "{}"}}
    odd = [{"index": "x"}, {"index": [1]}, {"index": 1e9}, {"index": 0, "function": "x"}, named]
    found = Streaming({"m": odd}).asker().ask({"model": "m"}, stream=True)
    assert found.calls == (("track", "{}"),)


def test_deep_json_is_no_json() -> None:
    """An answer may be anything."""
    expect = Expect(json_schema={"type": "object"})
    assert grade(expect, Answer("[" * 100_000)).outcome == "fail"
    assert grade(expect, Answer('"' + "x" * 2_000_000)).outcome == "fail"


@pytest.mark.parametrize(
    "said",
    [
        {},
        ASK,
        {**ASK, "cases": "x", "expect": {"equals": "x"}},
        {**ASK, "expect": {}},
        {**ASK, "expect": {"regex": "x" * 1_001}},
        {**ASK, "expect": {"json_schema": {"enum": ["x" * 70_000]}}},
        {**ASK, "expect": {"equals": "x"}, "min_pass": 0},
        {"messages": [], "expect": {"equals": "x"}},
    ],
)
def test_a_check_asks_and_expects_something_bounded(said: dict[str, Any]) -> None:
    """Else it is a mistake of the manifest."""
    with pytest.raises(ValidationError):
        Check.model_validate(said)


def test_cases_are_read_with_what_is_wrong_in_them(tmp_path: Path) -> None:
    """Line by line, every mistake at once."""
    path = tmp_path / "cases.jsonl"
    good = json.dumps({**ASK, "expect": {"equals": "x"}})
    path.write_text(f'{good}\n\n{json.dumps(ASK)}\n{{\n[]\n{{"messages": "x"}}\n')
    found, problems = read_cases(path, "cases.jsonl", has_default=False)
    assert len(found.cases) == 1
    assert [p.mark.line for p in problems if p.mark] == [3, 4, 5, 6]
    assert not any("order" in problem.what for problem in problems)
    assert read_cases(path, "x", has_default=True)[0].cases[1].expect is None
    path.write_text("\n")
    assert [p.code for p in read_cases(path, "x", has_default=True)[1]] == ["no-cases"]
    path.write_text(f"{good}\n" * (MOST_CASES + 1))
    assert [p.code for p in read_cases(path, "x", has_default=True)[1]] == ["too-many-cases"]
