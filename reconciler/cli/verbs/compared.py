"""What changed in the data that a plan replaces: rows, tokens, roles and tools; never a row."""

import os
from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from reconciler.cli.verbs.workspace import Workspace
from reconciler.core.plan import Action, Change, Detail
from reconciler.core.words import listed
from reconciler.datasets.shape import MOST
from reconciler.datasets.versions import Version, recall_version, rows_between
from reconciler.kept import kept_file
from reconciler.round import Round

MOST_COMPARED = 20
"""Datasets of one plan that are compared row by row."""


def compared(workspace: Workspace, found: Round) -> Round:
    """The same round, the changed datasets of its plan told in more detail where it can be."""
    root = workspace.settings.manifest.absolute().parent
    cache = kept_file(root, os.environ, "digests")
    left = MOST_COMPARED
    changes: list[Change] = []
    for change in found.plan.changes:
        is_new = change.action is Action.REPLACE and change.address.kind == "files" and left > 0
        left -= is_new
        changes.append(_told(change, found, cache) if is_new else change)
    return replace(found, plan=replace(found.plan, changes=tuple(changes)))


def _told(change: Change, found: Round, cache: Path) -> Change:
    record = found.state.records.get(change.address)
    if record is None or change.resource is None:
        return change
    digests = (str(record.spec.get("sha256")), str(change.resource.spec.get("sha256")))
    old, new = (recall_version(cache, sha256) for sha256 in digests)
    if old is None or new is None or digests[0] == digests[1]:
        return change
    others = [detail for detail in change.details if detail.label != "rows"]
    return replace(change, details=(*_difference(old, new), *others))


def _difference(old: Version, new: Version) -> Iterator[Detail]:
    if rows := rows_between(old, new):
        counts = (f"{old.rows:,}", f"{new.rows:,}") if old.rows != new.rows else ("", "")
        yield Detail("rows", *counts, note=f"+{rows[0]:,} −{rows[1]:,}")
    for method in sorted(old.tokens.keys() & new.tokens.keys())[:1]:
        was, becomes = old.tokens[method], new.tokens[method]
        about = "≈ " if method == "estimate" else ""
        each = f"{was / old.rows:,.0f} → {becomes / new.rows:,.0f} a row"
        yield Detail("tokens", f"{about}{was:,}", f"{about}{becomes:,}", note=each)
    for label, before, after in (("roles", old.roles, new.roles), ("tools", old.tools, new.tools)):
        if max(len(before), len(after)) >= MOST:  # there were more: which ones, nobody kept
            continue
        more, fewer = sorted({*after} - {*before}), sorted({*before} - {*after})
        words = [f"new: {listed(more)}"] if more else []
        words += [f"no longer: {listed(fewer)}"] if fewer else []
        if words:
            yield Detail(label, note="; ".join(words))
