"""Golden plans: each file of `plans/` is a case, its name the behaviour.

The first document of a file is written by hand (`tests/support/plan_case.py` has the notation), the
second says what comes of it. After a change that is meant, write them anew and read the diff:

    pytest tests/unit/test_plans.py --update
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from reconciler.render.plan_json import plan_document
from reconciler.render.plan_markdown import Page, plan_page
from reconciler.render.plan_text import findings_lines, plan_lines
from reconciler.render.settled_text import settled_lines
from reconciler.text import inert
from tests.support.plan_case import OWNER, Planned, planned
from tests.support.stack import ENDPOINT
from tests.unit.plans.sentences import ELSEWHERE, SENTENCES

FOLDER = Path(__file__).parent / "plans"
CASES = sorted(FOLDER.glob("*.yaml"))
BREAK = "---\n"
MENDED = "not as it was: if that is meant, pytest tests/unit/test_plans.py --update"


def text(case: Planned) -> str:
    """What a terminal shows, without colours: the plan, then what is found."""
    found = case.found
    lines = [
        "$ reconciler plan",
        *settled_lines(found.settlements),
        *plan_lines(found.plan, simulated=False),
    ]
    lines += findings_lines((*found.plan.findings, *case.refusals), simulated=False)
    return "\n".join(inert(click.unstyle(line)) for line in lines)


def document(case: Planned) -> dict[str, Any]:
    """What `plan --json` shows."""
    found = case.found
    plan = plan_document(
        found.plan,
        owner=str(OWNER),
        endpoint=ENDPOINT[0],
        serial=found.state.serial,
        digest=found.digest,
        settlements=found.settlements,
        refusals=case.refusals,
    )
    return dict(plan)


def markdown(case: Planned) -> str:
    """What `plan --format markdown` shows."""
    page = Page(OWNER.project, OWNER.environment, case.found.digest, "reconciler apply")
    return plan_page(case.found.plan, case.refusals, page).rstrip("\n")


RENDERINGS: Mapping[str, Callable[[Planned], Any]] = {
    "text": text,
    "plan": document,
    "markdown": markdown,
}
"""Member of a golden document → what gives it; one more rendering is one more line here."""


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as they are."""


def _literal(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    return dumper.represent_scalar(
        "tag:yaml.org,2002:str", value, style="|" if "\n" in value else None
    )


_Dumper.add_representer(str, _literal)


def golden(case: Planned) -> str:
    """The second document of a case."""
    said = {name: render(case) for name, render in RENDERINGS.items()}
    return yaml.dump(
        said,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=1000,
        default_flow_style=None,
    )


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_plan(path: Path, pytestconfig: pytest.Config) -> None:
    """The plan of each case is the one that was reviewed."""
    asked, _, said = path.read_text(encoding="utf-8").partition(BREAK)
    now = golden(planned(yaml.load(asked, Loader=yaml.CSafeLoader)))
    if pytestconfig.getoption("update"):
        path.write_text(asked + BREAK + now, encoding="utf-8")
    else:
        assert said == now, MENDED


def test_each_sentence_has_its_cases() -> None:
    """No rule of the design without a case, no case without a rule."""
    named = [case for cases in SENTENCES.values() for case in cases]
    assert all(SENTENCES.values()), "a sentence without a case"
    assert {path.stem for path in CASES} == set(named)
    assert not SENTENCES.keys() & ELSEWHERE.keys()
    known = {path.stem for path in FOLDER.parents[1].rglob("test_*.py")}
    assert set(ELSEWHERE.values()) <= known


def test_there_are_enough_of_them() -> None:
    """Cases are added, not taken away."""
    assert len(CASES) >= 80
