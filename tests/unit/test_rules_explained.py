"""Every rule that a check can name is explained."""

import re
from pathlib import Path

import pytest

from reconciler.cli.rules import EXITS, RULES
from reconciler.errors import ExitCode

SOURCES = [*Path("reconciler/manifest").glob("*.py"), *Path("reconciler/datasets").glob("*.py")]
CODE = re.compile(r'"([a-z]+(?:-[a-z0-9]+)+|nan|bom|unreadable)"')
SPECS = [Path("reconciler/kinds/job_spec.py"), *Path("reconciler/kinds/spec").glob("*.py")]
RAISED = re.compile(r'wrong\(\s*"([a-z-]+)"')
NOT_CODES = {"fine-tune", "utf-8", "utf-8-sig", "utf-16", "utf-32"}


def codes() -> set[str]:
    """What looks like a rule's code in the checks' sources, and what the entries' models raise."""
    found = {code for path in SOURCES for code in CODE.findall(path.read_text("utf-8"))}
    raised = {code for path in SPECS for code in RAISED.findall(path.read_text("utf-8"))}
    return found - NOT_CODES | raised


@pytest.mark.parametrize("code", sorted(codes()))
def test_each_rule_has_an_explanation(code: str) -> None:
    """`explain CODE` knows every code that `validate` can print."""
    assert code in RULES


def test_no_explanation_is_of_a_rule_that_is_gone() -> None:
    """A rule that no check gives any more is not explained."""
    assert set(RULES) - codes() == set()


def test_each_exit_code_has_an_explanation() -> None:
    """`explain 5` works for every exit code."""
    assert {int(code) for code in EXITS} == {int(code) for code in ExitCode}
