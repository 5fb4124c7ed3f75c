"""Findings as GitLab's code quality report."""

from collections.abc import Mapping
from typing import Any

from reconciler.render.findings import Checked, fingerprinted, worst_first

_SEVERITIES = {"error": "major", "warning": "minor"}


def gitlab(checked: Checked) -> list[Mapping[str, Any]]:
    """One entry a finding, the worst first."""
    return [
        {
            "description": f"{problem.what} [{problem.code}]",
            "check_name": problem.code,
            "fingerprint": known_by,
            "severity": _SEVERITIES[problem.severity],
            "location": {
                "path": checked.place(problem).file,
                "lines": {"begin": max(1, checked.place(problem).line)},
            },
        }
        for problem, known_by in fingerprinted(checked, worst_first(checked.problems))
    ]
