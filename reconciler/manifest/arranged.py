"""The order of pieces that may stand in any order, but for anchors: set before they are used."""

from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from typing import Any

from reconciler.manifest.spans import Touched


def arranged(ranks: Sequence[Any], touched: Sequence[Touched]) -> list[int]:
    """The positions of the pieces by rank, those of one rank as they stood.

    Where one of two pieces sets an anchor that the other touches, they stay in their order: an
    alias is of the last anchor of its name before it.
    """
    if not any(map(any, touched)):
        return sorted(range(len(ranks)), key=lambda n: (ranks[n], n))
    after, blocked = _constraints(touched)
    ready = [(ranks[n], n) for n in range(len(ranks)) if not blocked[n]]
    heapify(ready)
    order: list[int] = []
    while ready:
        _, n = heappop(ready)
        order.append(n)
        for follower in after[n]:
            blocked[follower] -= 1
            if not blocked[follower]:
                heappush(ready, (ranks[follower], follower))
    return order


def _constraints(touched: Sequence[Touched]) -> tuple[list[set[int]], list[int]]:
    """For each piece which others stay behind it, and how many stay before it."""
    after: list[set[int]] = [set() for _ in touched]
    setter: dict[str, int] = {}
    users: dict[str, set[int]] = {}
    for n, (set_, used) in enumerate(touched):
        for name in set_ | used:
            before = {setter[name]} if name in setter else set()
            if name in set_:
                before |= users.pop(name, set())
                setter[name] = n
            else:
                users.setdefault(name, set()).add(n)
            for earlier in before:
                after[earlier].add(n)
    blocked = [0] * len(touched)
    for followers in after:
        for follower in followers:
            blocked[follower] += 1
    return after, blocked
