"""Asking models: one or several, with a system prompt, from a pipe, as JSON, at a terminal."""

import json

import pytest

from tests.support.cli import Project, Sandbox, Terminal


@pytest.fixture
def trained(demo: Project) -> Project:
    """A project whose job has its model."""
    demo.run("apply", "--yes", "--wait").ended(0)
    return demo


def test_several_models_answer_in_the_order_given(trained: Project) -> None:
    """One block each; the heads go to stderr, so that stdout is answers alone."""
    said = trained.run("chat", "jobs.bot", "Where is my order?", "--with", "gpt-4o-mini")
    assert len(said.out.splitlines()) == 2
    assert said.err.index("── jobs.bot ──") < said.err.index("── gpt-4o-mini ──")


def test_json_mode_answers_with_an_object(trained: Project) -> None:
    """The model is held to JSON."""
    said = trained.run("chat", "jobs.bot", "Where is my order?", "--json-mode")
    assert isinstance(json.loads(said.out), dict)


def test_a_terminal_sees_the_answer_as_it_comes(trained: Project) -> None:
    """Question, answer, usage, until ^D."""
    with Terminal(trained, "chat", "jobs.bot") as terminal:
        terminal.until("> ")
        terminal.press("Where is my order?\n")
        terminal.until("tokens")
        terminal.press("\x04")
        assert terminal.end().code == 0


def test_an_address_without_a_model_says_what_to_do(demo: Project) -> None:
    """Nothing was applied yet."""
    said = demo.run("chat", "jobs.bot", "Hello?").ended(1)
    assert "jobs.bot has no model yet" in said.err
    assert "reconciler apply --wait" in said.err


@pytest.mark.parametrize(
    ("text", "stdin", "what"),
    [
        ("", "", "nothing was asked"),
        (None, " \n", "nothing was asked"),
        (None, "\udcff", "the question is not UTF-8"),
    ],
)
def test_what_is_no_question_is_not_sent(
    served: Project, box: Sandbox, text: str | None, stdin: str, what: str
) -> None:
    """An answer to it would be paid for."""
    said = served.run("chat", "gpt-4o-mini", *([] if text is None else [text]), stdin=stdin)
    assert said.ended(64).error["what"] == what
    assert box.writes() == 0


def test_every_answer_is_a_line_of_json(trained: Project) -> None:
    """Also where several models were asked."""
    said = trained.run("chat", "jobs.bot", "Hello?", "--with", "gpt-4o-mini", "--json").ended(0)
    assert [line["model"][:6] for line in said.lines] == ["ft:gpt", "gpt-4o"]


def test_a_question_that_fails_does_not_end_the_talk(served: Project, box: Sandbox) -> None:
    """The error is told, and the next question is answered."""
    box.fault("quota", path="/v1/chat/completions", times=1)
    with Terminal(served, "chat", "gpt-4o-mini") as terminal:
        terminal.until("> ")
        terminal.press("First?\n")
        terminal.until("insufficient_quota")
        terminal.press("Second?\n")
        assert "You said: Second?" in terminal.until("tokens")
        terminal.press("\x04")
        assert terminal.end().code == 0
