"""Asking models: one or several, with a system prompt, from a pipe, as JSON, at a terminal."""

import json

import pytest

from tests.support.cli import Project, Terminal


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
