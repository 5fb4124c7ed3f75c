"""What may happen next: each action of a process, and each turn of the world, as one function.

An action yields every step it can take in a state, and the state after it. A process acts under
the rules of its `Protocol`; the world keeps the assumptions of `World`, and no others: a request
arrives when it likes, a list shows any part of what is not yet due.
"""

from collections.abc import Callable, Iterator
from itertools import chain, combinations
from typing import Any

from tests.reliability.protocol import At, Disk, Op, Protocol, Request, Run, State, Step, World

Next = Iterator[tuple[Step, State]]
Action = Callable[[State, Protocol, World], Next]

ACTIONS: dict[str, Action] = {}
"""By name, in the order of a run; then what happens around it."""

NOBODY: frozenset[int] = frozenset()


def action(function: Action) -> Action:
    """Enter it among the actions."""
    ACTIONS[function.__name__] = function
    return function


def successors(state: State, rules: Protocol, world: World) -> Next:
    """Everything that may happen next."""
    for act in ACTIONS.values():
        yield from act(state, rules, world)


# The words of the actions.


def at(state: State, *places: At) -> Iterator[Run]:
    """The runs that are at one of these places."""
    return (run for run in state.runs if run.at in places)


def moved(state: State, run: Run, **changes: Any) -> State:
    """The state with this run changed."""
    new = run._replace(**changes)
    return state._replace(runs=tuple(new if one.who == run.who else one for one in state.runs))


def with_op(state: State, id_: int, **changes: Any) -> State:
    """The state with this op changed."""
    return state._replace(
        ops=tuple(op._replace(**changes) if op.id == id_ else op for op in state.ops)
    )


def of(state: State, id_: int) -> Op:
    """The op of this id."""
    return next(op for op in state.ops if op.id == id_)


def unlucky(state: State, kind: str) -> Iterator[State]:
    """The state with one misfortune of this kind less, if there is one left."""
    left = getattr(state.luck, kind)
    if left:
        yield state._replace(luck=state.luck._replace(**{kind: left - 1}))


def without(state: State, run: Run) -> State:
    """The state when this run has ended; its lock goes with it."""
    runs = tuple(one for one in state.runs if one.who != run.who)
    return state._replace(runs=runs, holder="" if state.holder == run.who else state.holder)


def written(state: State, run: Run, rules: Protocol) -> Iterator[State]:
    """The state with a checkpoint, where this run may still write."""
    if not (run.is_fenced and rules.fences):
        if state.disk is Disk.NEW:
            state = state._replace(disk=Disk.QUIET if run.is_quiet else Disk.KNOWN)
        yield state


def standing(state: State, run: Run) -> int:
    """How many jobs this run counts as made, or perhaps made."""
    known = run.held | run.seen
    return sum(op.request is not Request.ENDED for op in state.ops if op.id in known | run.pending)


def lists(state: State, world: World, *, whole: bool = True) -> Iterator[frozenset[int]]:
    """Everything that a list of the jobs may show now: what is due, and any part of the rest."""
    made = [op for op in state.ops if op.is_made]
    sure = frozenset(op.id for op in made if op.is_due and world.lists_in_time and whole)
    rest = [op.id for op in made if op.id not in sure]
    parts = chain.from_iterable(combinations(rest, size) for size in range(len(rest) + 1))
    return (sure | frozenset(part) for part in parts)


# A run.


@action
def lock(state: State, rules: Protocol, world: World) -> Next:
    """Take the lock, when nobody has it."""
    if state.holder:
        return
    running = {run.who for run in state.runs}
    state = state._replace(holder="")
    for who in world.processes:
        if rules.locks_before_load and who not in running:
            runs = tuple(sorted((*state.runs, Run(who, At.LOCKED))))
            yield Step("lock", who), state._replace(runs=runs, holder=who)
    for run in at(state, At.OUT):
        yield Step("lock", run.who), moved(state, run, at=At.LOADED)._replace(holder=run.who)


@action
def load(state: State, rules: Protocol, world: World) -> Next:
    """Read the state. Whoever had the lock before can write no more."""
    pending = frozenset(op.id for op in state.ops if op.intent)
    held = frozenset(op.id for op in state.ops if op.record)
    known: dict[str, Any] = {"pending": pending, "held": held, "wanted": state.wanted}
    if state.disk is Disk.OLD:
        state = state._replace(disk=Disk.KNOWN)
    for run in at(state, At.LOCKED):
        others = (one._replace(is_fenced=True) for one in state.runs if one.who != run.who)
        new = run._replace(at=At.LOADED, **known)
        yield Step("load", run.who), state._replace(runs=tuple(sorted((*others, new))))
    if not rules.locks_before_load:
        for who in set(world.processes) - {run.who for run in state.runs}:
            runs = tuple(sorted((*state.runs, Run(who, At.OUT)._replace(**known))))
            yield Step("load", who), state._replace(runs=runs)


@action
def look(state: State, rules: Protocol, world: World) -> Next:
    """Walk the whole list. The intents that are old enough are those that were at its begin."""
    for run in at(state, At.LOADED, At.READY):
        for seen in lists(state, world):
            yield Step("look", run.who, ops=seen), _looked(state, run, seen, rules)


def _looked(state: State, run: Run, seen: frozenset[int], rules: Protocol) -> State:
    for id_ in seen:
        state = with_op(state, id_, is_due=True)  # what a list showed, the next one shows too
    is_lost = state.disk is Disk.NEW and (state.has_past or bool(seen))
    is_quiet = rules.keeps_quiet and (state.disk is Disk.QUIET or is_lost)
    run = run._replace(seen=seen, is_quiet=is_quiet)
    if rules.dates_list_by_its_begin:
        return moved(state, run, at=At.READY, ripe=_ripe(state), seen=seen, is_quiet=is_quiet)
    return moved(state, run, at=At.LISTED, seen=seen, is_quiet=is_quiet)


def _ripe(state: State) -> frozenset[int]:
    return frozenset(op.id for op in state.ops if op.is_ripe)


@action
def date(state: State, rules: Protocol, world: World) -> Next:
    """Ask the time only when the list was read."""
    for run in at(state, At.LISTED):
        yield Step("date", run.who), moved(state, run, at=At.READY, ripe=_ripe(state))


@action
def odd_look(state: State, rules: Protocol, world: World) -> Next:
    """A list that is cut short proves nothing: the run ends."""
    for run in at(state, At.LOADED, At.READY):
        for left in unlucky(state, "odd_lists"):
            if rules.needs_whole_list:
                yield Step("odd_look", run.who), moved(left, run, at=At.OVER)
                continue
            for seen in lists(state, world, whole=False):
                yield Step("odd_look", run.who, ops=seen), _looked(left, run, seen, rules)


@action
def checkpoint(state: State, rules: Protocol, world: World) -> Next:
    """Write the first checkpoint; it tells for how long a state that was lost is quiet."""
    for run in at(state, At.READY):
        if state.disk is Disk.NEW:
            for after in written(state, run, rules):
                yield Step("checkpoint", run.who), after


@action
def find(state: State, rules: Protocol, world: World) -> Next:
    """A listed job carries the op of an intent: record it."""
    for run in at(state, At.READY):
        for id_ in run.pending & run.seen:
            for after in written(state, run, rules):
                yield Step("find", run.who, id_), _recorded(after, run, id_)


@action
def adopt(state: State, rules: Protocol, world: World) -> Next:
    """A listed job that is wanted and unknown: record it."""
    for run in at(state, At.READY):
        for id_ in run.seen - run.pending - run.held:
            for after in written(state, run, rules):
                yield Step("adopt", run.who, id_), _recorded(after, run, id_)


def _recorded(state: State, run: Run, id_: int) -> State:
    known = {"held": run.held | {id_}, "pending": run.pending - {id_}}
    return moved(with_op(state, id_, record=True, intent=False), run, at=At.READY, op=0, **known)


@action
def clear(state: State, rules: Protocol, world: World) -> Next:
    """A whole list lacks the job of an intent that is old enough: it was never made."""
    for run in at(state, At.READY):
        for id_ in run.pending - run.seen:
            if id_ in run.ripe or not rules.waits_settle:
                for after in written(state, run, rules):
                    yield Step("clear", run.who, id_), _cleared(after, run, id_)


def _cleared(state: State, run: Run, id_: int) -> State:
    left = run.pending - {id_}
    return moved(with_op(state, id_, intent=False), run, at=At.READY, op=0, pending=left)


@action
def retire(state: State, rules: Protocol, world: World) -> Next:
    """Cancel a job that is not wanted."""
    for run in at(state, At.READY):
        for op in state.ops:
            is_known = op.id in run.held | run.seen and op.request is Request.MADE
            if is_known and standing(state, run) > run.wanted:
                for after in written(state, run, rules):
                    yield (
                        Step("retire", run.who, op.id),
                        with_op(after, op.id, request=Request.ENDED),
                    )


@action
def forget(state: State, rules: Protocol, world: World) -> Next:
    """Drop the record of a job that is not wanted; lists show it, should it be wanted again."""
    for run in at(state, At.READY):
        for id_ in run.held:
            is_listed = id_ in run.seen or not rules.forgets_listed_only
            is_spare = standing(state, run) > run.wanted and is_listed
            if is_spare or of(state, id_).request is Request.ENDED:
                for after in written(state, run, rules):
                    left = with_op(after, id_, record=False)
                    yield Step("forget", run.who, id_), moved(left, run, held=run.held - {id_})


@action
def dial(state: State, rules: Protocol, world: World) -> Next:
    """Connect, when a job is to be made."""
    for run in at(state, At.READY):
        if may_create(state, run, rules):
            yield Step("dial", run.who), moved(state, run, at=At.DIALLED)


def may_create(state: State, run: Run, rules: Protocol) -> bool:
    """Whether the plan of this run has a job to create."""
    if not rules.looks_before_create:
        run = run._replace(seen=NOBODY)
    if not rules.intent_blocks:
        run = run._replace(pending=NOBODY)
    return not run.is_quiet and standing(state, run) < run.wanted


@action
def begin(state: State, rules: Protocol, world: World) -> Next:
    """Write the intent."""
    for run in at(state, At.DIALLED):
        for after in written(state, run, rules):
            id_ = 1 + max((op.id for op in state.ops), default=0)
            more = after._replace(ops=(*after.ops, Op(id_, intent=rules.writes_intent)))
            yield (
                Step("begin", run.who, id_),
                moved(more, run, at=At.BEGUN, op=id_, pending=run.pending | {id_}),
            )


@action
def check(state: State, rules: Protocol, world: World) -> Next:
    """Ask just before the first byte whether it is too late."""
    for run in at(state, At.BEGUN):
        if not (of(state, run.op).is_late and rules.checks_time):
            yield Step("check", run.who, run.op), moved(state, run, at=At.CHECKED)


@action
def unsent(state: State, rules: Protocol, world: World) -> Next:
    """It is too late, the connection is gone, or somebody asks to stop: nothing was sent."""
    for run in at(state, At.BEGUN, At.CHECKED):
        void = with_op(state, run.op, request=Request.VOID)
        yield Step("unsent", run.who, run.op), moved(void, run, at=At.REFUSED)


@action
def send(state: State, rules: Protocol, world: World) -> Next:
    """Send the request, on the connection that was made before the intent."""
    for run in at(state, At.CHECKED):
        is_stray = of(state, run.op).is_late
        sent = with_op(state, run.op, request=Request.FLYING, is_stray=is_stray)
        yield Step("send", run.who, run.op), moved(sent, run, at=At.SENT)


@action
def answer(state: State, rules: Protocol, world: World) -> Next:
    """The reply says what was made."""
    for run in at(state, At.SENT):
        if of(state, run.op).is_made:
            yield Step("answer", run.who, run.op), moved(state, run, at=At.MADE)


@action
def refuse(state: State, rules: Protocol, world: World) -> Next:
    """The endpoint says no, so nothing was made."""
    for run in at(state, At.SENT):
        if of(state, run.op).request is Request.FLYING:
            for left in unlucky(state, "refusals"):
                void = with_op(left, run.op, request=Request.VOID)
                yield Step("refuse", run.who, run.op), moved(void, run, at=At.REFUSED)


@action
def lose(state: State, rules: Protocol, world: World) -> Next:
    """No reply comes, whatever becomes of the request."""
    for run in at(state, At.SENT):
        for left in unlucky(state, "losses"):
            yield Step("lose", run.who, run.op), moved(left, run, at=At.DOUBT)


@action
def time_out(state: State, rules: Protocol, world: World) -> Next:
    """No reply comes, as the request arrived nowhere."""
    for run in at(state, At.SENT):
        if of(state, run.op).request is Request.VOID:
            yield Step("time_out", run.who, run.op), moved(state, run, at=At.DOUBT)


@action
def resend(state: State, rules: Protocol, world: World) -> Next:
    """Send it again in doubt."""
    for run in at(state, At.DOUBT):
        if not rules.sends_once:
            id_ = 1 + max(op.id for op in state.ops)
            again = state._replace(ops=(*state.ops, Op(id_, request=Request.FLYING)))
            yield Step("resend", run.who, run.op), moved(again, run, at=At.SENT)


@action
def look_for(state: State, rules: Protocol, world: World) -> Next:
    """Look in doubt for the one job; it is there, or the intent stays."""
    for run in at(state, At.DOUBT):
        for seen in lists(state, world):
            place = At.MADE if run.op in seen else At.READY
            yield Step("look_for", run.who, run.op, seen), moved(state, run, at=place)


@action
def keep(state: State, rules: Protocol, world: World) -> Next:
    """Looking for it fails, too: the intent stays."""
    for run in at(state, At.DOUBT):
        for left in unlucky(state, "odd_lists"):
            yield Step("keep", run.who, run.op), moved(left, run, at=At.READY)


@action
def put(state: State, rules: Protocol, world: World) -> Next:
    """Record what was made."""
    for run in at(state, At.MADE):
        for after in written(state, run, rules):
            yield Step("put", run.who, run.op), _recorded(after, run, run.op)


@action
def close(state: State, rules: Protocol, world: World) -> Next:
    """Take back the intent of what was certainly not made."""
    places = (At.REFUSED,) if rules.clears_by_evidence else (At.REFUSED, At.DOUBT)
    for run in at(state, *places):
        for after in written(state, run, rules):
            yield Step("close", run.who, run.op), _cleared(after, run, run.op)


@action
def unlock(state: State, rules: Protocol, world: World) -> Next:
    """End the run; something may be left to do."""
    for run in at(state, At.LOCKED, At.LOADED, At.READY, At.DIALLED, At.OVER):
        yield Step("unlock", run.who), without(state, run)


@action
def give_up(state: State, rules: Protocol, world: World) -> Next:
    """A write fails, as the lock is lost or the disk is full, or memory is short: the run ends.

    Wherever it is, as what was written may be there although its sync failed.
    """
    for run in state.runs:
        yield Step("give_up", run.who), without(state, run)


# The world.


@action
def crash(state: State, rules: Protocol, world: World) -> Next:
    """A process dies, and its lock with it."""
    for run in state.runs:
        for left in unlucky(state, "crashes"):
            yield Step("crash", run.who), without(left, run)


@action
def break_lock(state: State, rules: Protocol, world: World) -> Next:
    """The lock is taken away from a process that lives."""
    if state.holder:
        for left in unlucky(state, "breaks"):
            yield Step("break_lock", state.holder), left._replace(holder="")


@action
def make(state: State, rules: Protocol, world: World) -> Next:
    """A request arrives, and the job is made and paid for."""
    for op in state.ops:
        if op.request is Request.FLYING:
            yield Step("make", op=op.id), with_op(state, op.id, request=Request.MADE)


@action
def drop(state: State, rules: Protocol, world: World) -> Next:
    """A request arrives nowhere."""
    for op in state.ops:
        if op.request is Request.FLYING:
            for left in unlucky(state, "losses"):
                yield Step("drop", op=op.id), with_op(left, op.id, request=Request.VOID)


@action
def end(state: State, rules: Protocol, world: World) -> Next:
    """A job fails, or somebody cancels it."""
    for op in state.ops:
        if op.request is Request.MADE:
            for left in unlucky(state, "ends"):
                yield Step("end", op=op.id), with_op(left, op.id, request=Request.ENDED)


@action
def expire(state: State, rules: Protocol, world: World) -> Next:
    """`not_after` is over."""
    is_prompt = rules.dials_first and world.never_sleeps
    sending = {run.op for run in at(state, At.CHECKED) if is_prompt}
    for op in state.ops:
        if not op.is_late and op.id not in sending:
            yield Step("expire", op=op.id), with_op(state, op.id, is_late=True)


@action
def due(state: State, rules: Protocol, world: World) -> Next:
    """`settle` is over since a request was sent: by now it arrived, or never will."""
    for op in state.ops:
        if op.is_open and op.request is not Request.FLYING:
            yield Step("due", op=op.id), with_op(state, op.id, is_due=True)


@action
def ripen(state: State, rules: Protocol, world: World) -> Next:
    """`settle` is over since `not_after`, and so since the request, if it was sent before."""
    for op in state.ops:
        if op.is_late and not op.is_ripe and (op.is_stray or not op.is_open):
            yield Step("ripen", op=op.id), with_op(state, op.id, is_ripe=True)


@action
def quiet_over(state: State, rules: Protocol, world: World) -> Next:
    """`settle` is over since the first look at a lost state, and so since all that it sent."""
    if state.disk is Disk.QUIET and not any(op.is_open for op in state.ops):
        yield Step("quiet_over"), state._replace(disk=Disk.KNOWN)


@action
def lose_state(state: State, rules: Protocol, world: World) -> Next:
    """The disk is gone."""
    if not state.runs:
        for left in unlucky(state, "lost_states"):
            yield (
                Step("lose_state"),
                _forgotten(left)._replace(disk=Disk.NEW, has_past=world.shows_past),
            )


def _forgotten(state: State) -> State:
    return state._replace(ops=tuple(op._replace(intent=False, record=False) for op in state.ops))


@action
def restore(state: State, rules: Protocol, world: World) -> Next:
    """A backup is put back."""
    is_early = any(op.is_open for op in state.ops)
    if not state.runs and not (is_early and world.restores_late):
        for left in unlucky(state, "restores"):
            yield Step("restore"), _forgotten(left)._replace(disk=Disk.OLD)


@action
def recall_intent(state: State, rules: Protocol, world: World) -> Next:
    """The backup holds this intent."""
    for op in _unknown(state):
        yield Step("recall_intent", op=op.id), with_op(state, op.id, intent=True)


@action
def recall_record(state: State, rules: Protocol, world: World) -> Next:
    """The backup holds this job."""
    for op in _unknown(state):
        if op.is_made:
            yield Step("recall_record", op=op.id), with_op(state, op.id, record=True)


def _unknown(state: State) -> Iterator[Op]:
    is_back = state.disk is Disk.OLD and not state.runs
    return (op for op in state.ops if is_back and not (op.intent or op.record))


@action
def want(state: State, rules: Protocol, world: World) -> Next:
    """The manifest is edited."""
    for count in range(world.most + 1):
        if count != state.wanted:
            for left in unlucky(state, "edits"):
                yield Step("want", op=count), left._replace(wanted=count)
