"""`python -m tests.conformance`: generated requests against a simulator, judged by a specification.

It needs the extra `conformance`. Exit 0: enough cases and no violation; 1: anything else.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.conformance.answers import Judge, Rules
from tests.conformance.description import Document, document
from tests.conformance.official import amend
from tests.conformance.seeds import point_at, seeded
from tests.conformance.watch import Exchange, watching

SECONDS = 1800
"""How long a run may take: it needs four minutes of an idle machine, and more of a busy one."""

CHECKS = (
    *("not_a_server_error", "response_schema_conformance"),
    *("status_code_conformance", "content_type_conformance"),
    *("unsupported_method", "allow_header_conformance", "use_after_free"),
)
OURS = (*CHECKS, "negative_data_rejection")
"""The official specification is looser or stricter than the API at some requests; ours is not."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a run is asked for."""

    spec: Path | None
    cases: int
    seed: int | None


def main() -> int:
    """Run once and say how it went."""
    run = _arguments()
    if find_spec("schemathesis") is None:
        sys.exit("conformance: schemathesis is missing: install the extra `conformance`")
    spec = amend(json.loads(run.spec.read_text(encoding="utf-8"))) if run.spec else document()
    judge, statuses = Judge(Rules(spec)), Counter[int]()

    def watch(seen: Exchange) -> None:
        judge.see(seen)
        statuses.update([seen.status // 100])

    with watching(watch), tempfile.TemporaryDirectory() as folder:
        report = _report(spec, run, Path(folder))
    bad = report["test_cases"]["unique_failures"] + len(judge.problems)
    cases, endpoints = report["test_cases"]["generated"], report["operations"]["tested"]
    _tell(*sorted(set(judge.problems)))
    _tell(
        f"{cases:,} cases at {endpoints} endpoints, {bad} violations"
        f" (answers: {statuses[2]:,} done, {statuses[4]:,} refused, {statuses[5]:,} failed)"
    )
    if cases < run.cases:
        _tell(f"{run.cases:,} cases were asked for")
    return int(report["exit_code"] != 0 or bad > 0 or cases < run.cases)


def _tell(*lines: str) -> None:
    for line in lines:
        sys.stdout.write(f"conformance: {line}\n")


def _arguments() -> Run:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance")
    parser.add_argument("--spec", type=Path, help="an OpenAPI file; unset: the committed one")
    parser.add_argument("--cases", type=int, default=2000, help="at least so many requests")
    parser.add_argument("--seed", type=int, help="of the generated data; unset: a new one")
    given = parser.parse_args()
    return Run(given.spec, given.cases, given.seed)


def _report(spec: Document, run: Run, folder: Path) -> Any:
    """Run schemathesis against a new simulator; its own report, as JSON."""
    pointed, report = folder / "openapi.json", folder / "report.json"
    with seeded(folder / "sandbox.db") as (base_url, seeds):
        pointed.write_text(json.dumps(point_at(spec, seeds)), encoding="utf-8")
        command = _command(spec, run, base_url)
        try:
            subprocess.run(command, timeout=SECONDS, check=False, cwd=folder)
        except subprocess.TimeoutExpired:
            sys.exit(f"conformance: not done after {SECONDS} seconds")
    return json.loads(report.read_text(encoding="utf-8"))


def _command(spec: Document, run: Run, base_url: str) -> list[str]:
    """The command that reads `openapi.json` and writes `report.json` in its folder."""
    endpoints = sum(len(operations) for operations in spec["paths"].values())
    return [
        *(sys.executable, "-m", "schemathesis.cli", "run", "openapi.json", "--url", base_url),
        *("--header", "Authorization: Bearer test"),
        *("--checks", ",".join(CHECKS if run.spec else OURS)),
        *("--max-examples", str(-(-run.cases // endpoints)), "--continue-on-failure"),
        *("--report", "json", "--report-json-path", "report.json"),
        *("--generation-database", "none", "--warnings", "off"),
        *(() if run.seed is None else ("--seed", str(run.seed))),
    ]


if __name__ == "__main__":
    sys.exit(main())
