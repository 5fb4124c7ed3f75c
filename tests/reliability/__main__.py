"""`python -m tests.reliability`: try to make it pay twice; a table, and a report as JSON.

Each programme is a module of this folder with `run(profile) -> Result`. Its quick profile is a
test of `make check` as well.
"""

import argparse
import json
import sys
import time
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from tests.reliability.report import MissingTool, Profile, Result, document, table

PROGRAMMES: dict[str, str] = {
    "T1": "crash_points",
    "T1b": "severed",
    "T2": "crash_pairs",
    "T3": "kills",
    "T4": "os_faults",
    "T5": "power_loss",
    "T6": "fault_matrix",
    "T7": "state_machine",
    "T8": "contention",
    "T9": "protocol_model",
    "T10": "fuzz",
    "T11": "echoes",
    "T12": "hostile",
    "T14": "mutants",
}
"""Id of a programme (`T1`) → its module in this folder."""

OUTPUT = Path(__file__).parents[2] / ".reliability"


def main() -> int:
    """Run what was asked for; 1 where a promise was broken or a programme could not run."""
    options = _options()
    profile = Profile[options.profile.upper()]
    results = [_result(id_, profile) for id_ in options.only or PROGRAMMES]
    print(table(results))
    OUTPUT.mkdir(exist_ok=True)
    report = json.dumps(document(results, profile), indent=2)
    (OUTPUT / "reliability.json").write_text(report + "\n")
    return int(any(result.verdict != "ok" for result in results))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.reliability", description=__doc__)
    names = [profile.name.lower() for profile in Profile]
    parser.add_argument("--profile", choices=names, default="full")
    parser.add_argument("--only", action="append", choices=list(PROGRAMMES), help="repeatable")
    return parser.parse_args()


def _result(id_: str, profile: Profile) -> Result:
    print(f"running {id_} …", file=sys.stderr)
    began = time.monotonic()
    try:
        result: Result = import_module(f"tests.reliability.{PROGRAMMES[id_]}").run(profile)
    except MissingTool as missing:
        result = Result(id_, "could not run", 0, violations=[f"missing: {missing}"])
    result = replace(result, seconds=time.monotonic() - began)
    # Some take an hour: who ends the run before its table keeps what is known.
    print(f"{id_}: {result.verdict}, {result.seconds:,.0f} s", file=sys.stderr)
    for violation in result.violations:
        print(f"{id_}: {violation}", file=sys.stderr)
    return result


if __name__ == "__main__":
    sys.exit(main())
