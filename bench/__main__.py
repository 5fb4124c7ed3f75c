"""`python -m bench`: measure, show a table, write `.bench/report.json`."""

import argparse
import json
import sys
from contextlib import ExitStack
from fnmatch import fnmatchcase

from bench.cases import CASES
from bench.compare import compare
from bench.ground import Ground
from bench.process import ROOT, Missing
from bench.report import Row, document, row, table

OUTPUT = ROOT / ".bench"


def main() -> int:
    """Measure what was asked for; 1 where `--strict` and a promise is not kept."""
    options = _options()
    names = [name for name in CASES if not options.only or _is_named(name, options.only)]
    with ExitStack() as stack:
        ground = Ground(OUTPUT, stack)
        rows = [_measured(name, ground, options.rounds) for name in names]
    print(table(rows))
    (OUTPUT / "report.json").write_text(json.dumps(document(rows), indent=2) + "\n")
    return int(options.strict and any(item.is_over for item in rows))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, help="rounds a case, beside a first one not counted")
    parser.add_argument("--only", action="append", help="a name or a pattern (plan-*); repeatable")
    parser.add_argument("--strict", action="store_true", help="exit 1 where a target is missed")
    return parser.parse_args()


def _is_named(name: str, patterns: list[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _measured(name: str, ground: Ground, rounds: int | None) -> Row:
    print(f"measuring {name} …", file=sys.stderr)
    try:
        case = CASES[name](ground)
    except Missing as missing:
        return Row(name, "", why=str(missing))
    return row(case, compare(case, rounds))


sys.exit(main())
