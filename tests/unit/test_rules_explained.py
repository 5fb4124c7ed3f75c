"""Every rule that a check can name is explained."""

import re
from pathlib import Path

import pytest

from reconciler.datasets.scan import scan
from reconciler.errors import ExitCode
from reconciler.render.rules_markdown import pages
from reconciler.rules import RULES
from reconciler.rules.exits import EXITS

NOT_RULES = {"tokens.py", "encodings.py"}
SOURCES = [
    *Path("reconciler/manifest").glob("*.py"),
    Path("reconciler/checks/cases.py"),
    Path("reconciler/cli/verbs/choices.py"),
    Path("reconciler/sources/address.py"),
    *(path for path in Path("reconciler/datasets").glob("*.py") if path.name not in NOT_RULES),
]
CODE = re.compile(r'"([a-z]+(?:-[a-z0-9]+)+|nan|bom|crlf|imbalance|unreadable)"')
SPECS = [*Path("reconciler/kinds").glob("*_spec.py"), *Path("reconciler/kinds/spec").glob("*.py")]
RAISED = re.compile(r'wrong\(\s*"([a-z-]+)"')
NOT_CODES = {"fine-tune", "utf-8", "utf-8-sig", "utf-16", "utf-32", "desk-top", "support-train"}
NOT_CODES |= {"support-models"}
NOT_CODES |= {f"fine-tune-{form}" for form in ("chat", "completion", "preference")}


EXAMPLES = {code: rule for code, rule in RULES.items() if rule.bad}


def codes() -> set[str]:
    """What looks like a rule's code in the checks' sources, and what the entries' models raise."""
    found = {code for path in SOURCES for code in CODE.findall(path.read_text("utf-8"))}
    raised = {code for path in SPECS for code in RAISED.findall(path.read_text("utf-8"))}
    return found - NOT_CODES | raised


def test_the_pages_are_those_of_the_code() -> None:
    """docs/rules.md is what `explain --format markdown` prints."""
    text = Path("docs/rules.md").read_text("utf-8")
    assert text == pages(), "reconciler explain --format markdown > docs/rules.md"


@pytest.mark.parametrize("code", sorted(EXAMPLES))
def test_the_examples_of_a_rule_are_found_and_right(code: str, tmp_path: Path) -> None:
    """What a page calls bad has the finding, and what it calls good has none."""
    rule, path = EXAMPLES[code], tmp_path / "x.jsonl"
    for last, expected in ((rule.bad, {code}), (rule.good, set())):
        if last:
            path.write_text("\n".join([rule.good or last] * 10 + [last]))
            found = {problem.code for problem in scan(path, shown="x").problems}
            assert found - {"duplicate-rows"} == expected


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
