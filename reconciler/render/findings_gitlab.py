"""Findings as GitLab's code quality report."""

import hashlib
from collections.abc import Mapping
from typing import Any

from reconciler.render.findings import Checked, fingerprinted, more, worst_first

_SEVERITIES = {"error": "major", "warning": "minor"}


def gitlab(checked: Checked) -> list[Mapping[str, Any]]:
    """One entry a finding, the worst first, and one for those of a file that are only counted."""
    named = [
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
    return [*named, *(_counted(file, count) for file, count in checked.further.items())]


def _counted(file: str, count: int) -> Mapping[str, Any]:
    return {
        "description": more(count),
        "check_name": "more",
        "fingerprint": hashlib.sha256(f"more\0{file}".encode("utf-8", "replace")).hexdigest()[:32],
        "severity": "info",
        "location": {"path": file, "lines": {"begin": 1}},
    }
