"""The invariants of a history in the tiny world; its ledger is the oracle.

I1  at most one unfinished or successful job an (owner, address, fingerprint, generation, try), and
    no run is paid for while as many stand as the manifest asks for.
I2  an object made since the state was last lost is recorded, deposed or pending, or has ended.
I3  an id is in exactly one of records and deposed.
I5  an intent leaves the journal by evidence alone.
I6  when the faults stop, two applies end with nothing to do, and the next sends only GETs.
I7  nothing of another owner is touched; no run is cancelled while it is asked for; no file is
    deleted while an unfinished run reads it.
"""

from __future__ import annotations

from collections import Counter

from reconciler.core.plan import Plan, Severity
from reconciler.core.state import State
from reconciler.kinds.file import file_marker
from tests.support.ledger import (
    Actor,
    is_ours,
    is_worth_its_money,
    made,
    mark_of,
    spec_of,
    wanted_by,
)
from tests.support.stack import SETTLE
from tests.support.world import ENDED, World


def check_always(world: World, actor: Actor) -> None:
    """I1, I2, I3 and I5, by the ledger."""
    ours = [job for job in world.paid() if is_ours(job, actor)]
    worth = [mark_of(job) for job in ours if is_worth_its_money(world, job)]
    alive = Counter((mark.address, mark.fingerprint, mark.attempt) for mark in worth)
    assert not [mark for mark, count in alive.items() if count > 1], f"I1: {alive}"
    state = actor.stack.state
    recorded = [record.id for record in state.records.values()]
    assert len({*recorded, *state.deposed}) == len(recorded) + len(state.deposed), "I3"
    _check_held(world, actor, state)
    for op, (owner, sent) in world.doubts.items():
        is_kept = op in state.pending or owner != str(actor.stack.owner)
        assert is_kept or world.now >= sent + SETTLE, f"I5: {op}"


def _check_held(world: World, actor: Actor, state: State) -> None:
    held, pending = state.held, state.pending
    uploads = {(intent.address, intent.fingerprint) for intent in pending.values()}
    for body in made(world, actor):
        if body["id"] in held:
            continue
        if "model" in body:
            is_known = body["status"] in ENDED or mark_of(body).op in pending
        else:
            mark = file_marker(body, (actor.stack.owner,))
            assert mark
            is_gone = body["id"] not in world.files
            is_known = is_gone or (mark.address, mark.fingerprint) in uploads
        assert is_known, f"I2: {body}"


def check_arrived(world: World, actor: Actor, last: Plan) -> None:
    """Each address stands on a run of its spec, or a finding says why not; no orphans."""
    state = actor.stack.state
    told = {finding.address for finding in last.of(Severity.FAILED)}
    assert not state.pending, f"I5: {state.pending}"
    for address, resource in actor.stack.desired.resources.items():
        if address.kind == "jobs" and address not in told:
            record = state.records[address]
            assert spec_of(mark_of(world.jobs[record.id])) == wanted_by(resource)
            assert is_worth_its_money(world, world.jobs[record.id])
    held = state.held
    for body in made(world, actor):
        if body["id"] in world.files or body in world.active():
            assert body["id"] in held, f"orphan {body}"
