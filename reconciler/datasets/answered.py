"""Usual rows of chat in a file for reinforcement: the answer in each is what no rule has seen.

The format of the file is known when all of it is read. Until then the first such rows are kept as
they would be reported, and the others counted.
"""

from functools import partial
from itertools import accumulate

import msgspec

from reconciler.datasets.block import Block
from reconciler.datasets.finding import Place
from reconciler.datasets.plain import Usual
from reconciler.datasets.report import KEPT, Report, Spot
from reconciler.datasets.rules_reinforcement import check


class _Listed(msgspec.Struct, gc=False):
    messages: list[msgspec.Raw]


_decode = msgspec.json.Decoder(_Listed).decode


def add_answered(report: Report, usual: Usual, block: Block) -> None:
    """Add the usual rows of a block as the findings that they are to a file for reinforcement."""
    room = KEPT - len(report.kept["error"])
    if usual.rows and room:
        blanks = [*accumulate(not line or line.isspace() for line in block.lines())]
        for row, number, line in [*zip(usual.rows, usual.numbers, usual.lines, strict=True)][:room]:
            spot = Spot(number, block.first, blanks[number - block.first])
            for finding in check({"messages": row.messages}):
                report.add(finding, spot, partial(_column, line))
    report.count["error"] += max(len(usual.rows) - room, 0)


def _column(line: bytes, _: Place) -> int:
    """The column of the last message, from 1 in characters: nothing behind it is like it."""
    last = bytes(_decode(line).messages[-1])
    return len(line[: line.rindex(last)].decode()) + 1
