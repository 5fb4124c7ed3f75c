"""`python -m bench`: measure, show a table, write `.bench/report.json`."""

import argparse
import json
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from fnmatch import fnmatchcase

from bench.cases import CASES, SPLITS, WIRES
from bench.compare import compare
from bench.ground import Ground
from bench.process import ROOT, Missing
from bench.report import Row, aligned, document, row, table
from bench.stages import Split, lines, splits
from bench.wire import Wire, wire
from bench.wire import lines as wire_lines

OUTPUT = ROOT / ".bench"
SPLIT_ROUNDS = 3


def main() -> int:
    """Measure what was asked for; 1 where `--strict` and a promise is not kept."""
    options = _options()
    cases, sizes, places = (_chosen(all_, options.only) for all_ in (CASES, SPLITS, WIRES))
    with ExitStack() as stack:
        ground = Ground(OUTPUT, stack)
        rows = [_measured(name, ground, options.rounds) for name in cases]
        parts = [part for name in sizes for part in _splits(name, ground, options.rounds)]
    wires = [_wire(name) for name in places]
    print(table(rows), *map(aligned, filter(None, (lines(parts), wire_lines(wires)))), sep="\n\n")
    report = json.dumps(document(rows, parts, wires), indent=2)
    (OUTPUT / "report.json").write_text(report + "\n")
    return int(options.strict and any(item.is_over for item in rows))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, help="rounds a case, beside a first one not counted")
    parser.add_argument("--only", action="append", help="a name or a pattern (plan-*); repeatable")
    parser.add_argument("--strict", action="store_true", help="exit 1 where a target is missed")
    return parser.parse_args()


def _chosen(names: Iterable[str], patterns: list[str] | None) -> list[str]:
    """Those that a pattern names; all where there is none."""
    chosen = ["*"] if patterns is None else patterns
    return [name for name in names if any(fnmatchcase(name, pattern) for pattern in chosen)]


def _measured(name: str, ground: Ground, rounds: int | None) -> Row:
    print(f"measuring {name} …", file=sys.stderr)
    try:
        case = CASES[name](ground)
    except Missing as missing:
        return Row(name, "", why=str(missing))
    return row(case, compare(case, rounds))


def _splits(name: str, ground: Ground, rounds: int | None) -> Iterable[Split]:
    print(f"measuring {name} …", file=sys.stderr)
    return splits(ground.stage(SPLITS[name]), SPLITS[name], rounds or SPLIT_ROUNDS)


def _wire(name: str) -> Wire:
    print(f"measuring {name} …", file=sys.stderr)
    return wire(*WIRES[name])


sys.exit(main())
