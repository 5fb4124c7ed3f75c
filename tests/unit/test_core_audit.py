"""What an apply says at its end of what it should not leave behind."""

from msgspec.structs import replace

from reconciler.core.audit import audit
from reconciler.core.diff import view_of
from reconciler.core.plan import Finding, Severity
from reconciler.core.resource import Desired, Marker, Observed, Phase
from reconciler.core.state import State
from tests.support.values import KINDS, A, B, F, G, desired, live, live_at, recorded, state, want

RUN = Phase.IN_PROGRESS
FILE, RUNNING = live_at(want(G), "file"), live_at(want(B), "job", RUN, reads=("file",))


def audited(
    *objects: Observed,
    before: State | None = None,
    after: State | None = None,
    wants: Desired | None = None,
) -> list[Finding]:
    """What is found; `before` is the state of the look, `after` the one after the effects."""
    known = before or state()
    return [*audit(view_of(wants or desired(), known, live(*objects), KINDS), after or known)]


def test_what_nothing_accounts_for() -> None:
    """In one warning, which decides no exit code."""
    (found,) = audited(FILE, RUNNING)
    assert found.severity is Severity.WARNING
    assert found.what == "2 live objects are ours by marker, and nothing accounts for them"
    assert found.where == "files.g (file), jobs.b (job)"
    assert found.cure == "reconciler gc --dry-run shows what may go"
    (one,) = audited(FILE)
    assert one.what == "1 live object is ours by marker, and nothing accounts for it"


def test_what_this_apply_took_up_or_let_go() -> None:
    """It is recorded by now, or kept on purpose."""
    assert audited(FILE, after=state({G: recorded(want(G), "file")})) == []
    assert audited(FILE, after=state(kept=("file",))) == []
    assert audited(live_at(want(F), "file"), wants=desired(want(F))) == []


def test_a_destroy_does_not_know_what_is_declared() -> None:
    """So it names the way to that, too."""
    view = view_of(desired(), state(), live(FILE), KINDS)
    (found,) = audit(view, state(), is_declared=False)
    assert found.cure.startswith("reconciler apply adopts what is declared; reconciler gc")


def test_one_request_that_was_carried_out_twice() -> None:
    """Told while one of them runs, and once when the recorded one has ended; then it is history."""
    marker = Marker(A, want(A).fingerprint, op="op-12345678")
    one, two = (live_at(want(A), id_, marker=marker) for id_ in ("1", "2"))
    wants = desired(want(A))
    running = state({A: recorded(want(A), "1", phase=RUN)})
    (found,) = audited(one, two, before=running, wants=wants)
    assert found.what == "the endpoint carried out one request 2 times: jobs.a"
    assert (found.where, found.address) == ("1 ready, 2 ready", A)
    ended = state({A: recorded(want(A), "1")})
    assert audited(one, two, before=ended, wants=wants) == []
    assert len(audited(one, replace(two, phase=RUN), before=ended, wants=wants)) == 1
    other = replace(marker, op="op-2")
    assert audited(one, live_at(want(A), "4", RUN, marker=None), before=ended, wants=wants) == []
    assert audited(one, live_at(want(A), "3", RUN, marker=other), before=ended, wants=wants) == []
