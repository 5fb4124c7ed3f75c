"""Findings as SARIF 2.1.0, which code scanning of GitHub and others reads."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from reconciler.errors import Problem
from reconciler.render.findings import Checked, fingerprinted, more, worst_first
from reconciler.rules import RULES, Rule

MOST = 5_000
"""Results that GitHub takes of a run."""

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def sarif(checked: Checked, version: str) -> Mapping[str, Any]:
    """The document; beyond `MOST` the worst findings."""
    told = worst_first(checked.problems)[:MOST]
    codes = list(dict.fromkeys(problem.code for problem in told))
    driver = {
        "name": "reconciler",
        "semanticVersion": version,
        "rules": [_rule(code, RULES.get(code)) for code in codes],
    }
    results = [
        _result(checked, problem, codes.index(problem.code), known_by)
        for problem, known_by in fingerprinted(checked, told)
    ]
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    if checked.further:
        notes = [_note(file, count) for file, count in checked.further.items()]
        run["invocations"] = [{"executionSuccessful": True, "toolExecutionNotifications": notes}]
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _note(file: str, count: int) -> dict[str, Any]:
    location = {"artifactLocation": _artifact(file)}
    told = {"level": "note", "message": {"text": more(count)}}
    return told | {"locations": [{"physicalLocation": location}]}


def _artifact(file: str) -> dict[str, str]:
    return {"uri": quote(file), "uriBaseId": "%SRCROOT%"}


def _rule(code: str, rule: Rule | None) -> dict[str, Any]:
    if rule is None:
        return {"id": code}
    return {
        "id": code,
        "shortDescription": {"text": rule.says.partition(". ")[0].rstrip(".") + "."},
        "fullDescription": {"text": rule.says},
        "help": {"text": rule.cure or f"reconciler explain {code}"},
        "defaultConfiguration": {"level": rule.severity},
    }


def _unlinked(text: str) -> str:
    """A message in which `[words](place)` is no link: what it quotes was written by others.

    SARIF has links in plain text, too (3.11.6); there is no such text of our own.
    """
    return text.replace("](", "] (")


def _result(checked: Checked, problem: Problem, rule: int, known_by: str) -> dict[str, Any]:
    mark = checked.place(problem)
    parts = (problem.what, problem.why, problem.cure and f"cure: {problem.cure}")
    location = {
        "artifactLocation": _artifact(mark.file),
        "region": {"startLine": max(1, mark.line), "startColumn": max(1, mark.column)},
    }
    return {
        "ruleId": problem.code,
        "ruleIndex": rule,
        "level": problem.severity,
        "message": {"text": _unlinked("\n".join(part for part in parts if part))},
        "locations": [{"physicalLocation": location}],
        "partialFingerprints": {"reconciler/v1": known_by},
    }
