"""A plan in a file: it reads back, nothing damaged or foreign is believed, and it grows stale."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.address import Address
from reconciler.core.grant import Grant, Verb
from reconciler.core.resource import Desired, Resource
from reconciler.core.saved_plan import (
    LIMIT,
    SavedPlan,
    check_fresh,
    check_owner,
    decode_plan,
    encode_plan,
    saved,
)
from reconciler.core.scope import Scope
from reconciler.core.state import State
from reconciler.core.wish import Wish
from reconciler.errors import Refusal
from tests.support.values import A, F, addresses, desired, grants, want

SHOWN = "plan.json"
PLACE = ("https://api.example/v1", "org-1", "")
STATE = State("lineage", "bots/prod", serial=7, endpoint=PLACE)
WANTED = desired(want(F), want(A, generation=2))
PAID = (Grant(Verb.PAY, A, "v1:00"),)
PLAN = saved(STATE, WANTED, PAID, Scope(("jobs.a",), keeps_all=True), Wish(cancelled_first=("*",)))

words = st.text(max_size=5)
patterns = st.lists(words, max_size=2).map(tuple)
plans = st.builds(
    SavedPlan,
    words,
    st.tuples(words, words, words),
    words,
    st.integers(0, 2**40),
    st.dictionaries(addresses, st.tuples(words, st.integers(1, 9)), max_size=3),
    st.lists(grants, max_size=3).map(tuple),
    st.builds(Scope, patterns, patterns, st.booleans(), st.booleans()),
    st.builds(Wish, patterns, patterns),
)


def test_the_plan_of_an_apply_reads_back() -> None:
    """As it was saved."""
    assert decode_plan(encode_plan(PLAN), shown=SHOWN) == PLAN


@given(plans)
def test_a_plan_reads_back(plan: SavedPlan) -> None:
    """Equal plans give equal bytes, and bytes give the plan, its digest with it."""
    document = encode_plan(plan)
    assert decode_plan(document, shown=SHOWN) == plan
    body = json.loads(document)
    assert body["digest"] == plan.digest
    assert [*body] == sorted(body)
    assert document.isascii()
    assert document.endswith(b"}\n")


@given(plans, st.data())
def test_a_damaged_plan_is_refused(plan: SavedPlan, data: Any) -> None:
    """Any flipped bit; what to do is said."""
    document = bytearray(encode_plan(plan))
    place = data.draw(st.integers(0, len(document) - 1))
    document[place] ^= 1 << data.draw(st.integers(0, 7))
    assert "reconciler plan --out FILE" in refusal(bytes(document)).cure


def test_a_cut_plan_is_refused() -> None:
    """At every byte; and one with a byte more."""
    document = encode_plan(PLAN)
    for length in range(len(document)):
        assert "cut short" in refusal(document[:length]).why
    assert "checksum" in refusal(document + b"\n").why


def test_a_huge_file_is_refused() -> None:
    """Before anything of it is looked at."""
    assert refusal(b"{" * (LIMIT + 1)).why == "it is larger than 67,108,864 bytes"


def refusal(document: bytes) -> Refusal:
    """Why this is no plan."""
    with pytest.raises(Refusal, match="no saved plan that can be used") as refused:
        decode_plan(document, shown=SHOWN)
    assert refused.value.where == SHOWN
    return refused.value


def forged(**members: Any) -> bytes:
    """A plan that somebody changed, checksum included."""
    body = json.loads(encode_plan(PLAN)) | members
    del body["checksum"]
    rest = json.dumps(body, sort_keys=True, separators=(",", ":")).encode()[1:] + b"\n"
    return sealed(rest)


def sealed(rest: bytes) -> bytes:
    """With the checksum that it should have."""
    return b'{"checksum":"%s",' % hashlib.sha256(rest).hexdigest().encode() + rest


def test_another_format_is_refused() -> None:
    """Whatever else it holds."""
    assert (
        refusal(forged(format=3, grants="later")).why == "it is of format 3, this version reads 2"
    )
    assert "format 'x" in refusal(forged(format="x" * 99)).why


@pytest.mark.parametrize(
    "members",
    [
        {"owner": 5}, {"owner": None}, {"lineage": ["x"]}, {"serial": "7"}, {"serial": True},
        {"serial": 7.0}, {"endpoint": ["a", "b"]}, {"endpoint": [1, 2, 3]},
        {"declared": []}, {"declared": {"nodot": ["v1", 1]}}, {"declared": {"jobs.a": "v1"}},
        {"declared": {"jobs.a": ["v1", "1"]}}, {"grants": 5}, {"grants": [[]]},
        {"grants": [["steal", ["jobs", "a"], "", [1, 1], [0, []], ""]]},
        {"grants": [["pay", ["jobs"], "", [1, 1], [0, []], ""]]},
        {"grants": [["pay", ["jobs", 1], "", [1, 1], [0, []], ""]]},
        {"grants": [["pay", ["jobs", "a"], [], [1, 1], [0, []], ""]]},
        {"grants": [["pay", ["jobs", "a"], "", [1, None], [0, []], ""]]},
        {"grants": [["pay", ["jobs", "a"], "", [1, 1], [0, [1]], ""]]},
        {"grants": [["pay", ["jobs", "a"], "", [1, 1], [0, []], "", "more"]]},
        {"scope": None}, {"scope": {"targets": []}},
        {"scope": {"targets": [1], "excluded": [], "keeps_all": True, "only_drift": False}},
    ],
)  # fmt: skip
def test_values_that_are_none_of_a_plan(members: dict[str, Any]) -> None:
    """However well they are sealed."""
    assert refusal(forged(**members)).why == "its content is not that of a plan"


def test_what_we_would_not_write_so() -> None:
    """A member too many, a digest of something else, or another spelling."""
    not_ours = "it is not spelled as plans are"
    assert refusal(forged(endpoint="abc")).why == not_ours
    assert refusal(forged(grants={})).why == not_ours
    odd = {"targets": [], "excluded": [], "keeps_all": 1, "only_drift": False}
    assert refusal(forged(scope=odd)).why == not_ours
    assert refusal(forged(more=1)).why == not_ours
    assert refusal(forged(digest="0" * 64)).why == not_ours
    rest = encode_plan(PLAN).partition(b",")[2]
    assert refusal(sealed(rest.replace(b'"serial":7', b'"serial": 7'))).why == not_ours
    assert refusal(sealed(rest.replace(b'"serial":7', b'"serial":5,"serial":7'))).why == not_ours


@pytest.mark.parametrize(
    "rest",
    [b"", b"}", b"\xff}", b'"a":' + b"[" * 99_999, b'"a":' + b"9" * 9_999 + b"}", b'"format":NaN}'],
)
def test_hostile_json(rest: bytes) -> None:
    """It is refused as fast as any other, and never a traceback."""
    assert refusal(sealed(rest)).why


# Whose it is, and how it grows stale


def test_a_plan_of_somebody_else() -> None:
    """Both are named, and nothing was sent."""
    check_owner(PLAN, "bots/prod", PLACE, shown=SHOWN)
    with pytest.raises(Refusal, match="of bots/prod, the manifest of bots/dev") as refused:
        check_owner(PLAN, "bots/dev", PLACE, shown=SHOWN)
    assert "nothing was sent" in refused.value.cure
    with pytest.raises(Refusal, match="another endpoint") as refused:
        check_owner(PLAN, "bots/prod", ("https://b.example/v1", "", "p"), shown=SHOWN)
    assert refused.value.why == (
        "it was made for https://api.example/v1 org-1, the manifest says https://b.example/v1 p"
    )


def fresh(
    state: State = STATE, wanted: Desired = WANTED, called: dict[Address, str] | None = None
) -> None:
    """Check the plan against these."""
    names = called or {}
    check_fresh(PLAN, state, wanted, shown=SHOWN, called=lambda a: names.get(a, str(a)))


def test_a_fresh_plan() -> None:
    """Nothing changed; whatever does not decide what a resource is may have."""
    fresh()
    fresh(wanted=desired(want(F, protect=True), want(A, generation=2, summary="words")))


def test_another_serial() -> None:
    """An apply came in between; the same stakes may still be reviewed by their digest."""
    with pytest.raises(Refusal, match="the plan was made at serial 7, the state is at 9") as stale:
        fresh(State("lineage", "bots/prod", serial=9, endpoint=PLACE))
    assert f"reconciler apply --expect {PLAN.digest}" in stale.value.cure


def test_another_lineage() -> None:
    """The state was begun anew, and came as far as the old one."""
    with pytest.raises(Refusal, match="made for another state"):
        fresh(State("other", "bots/prod", serial=7, endpoint=PLACE))


@pytest.mark.parametrize(
    ("wanted", "what"),
    [
        (desired(want(F, "y"), want(A, generation=2)), "data/f.jsonl changed"),
        (desired(want(F), want(A, "y", generation=2)), "jobs.a changed"),
        (desired(want(F), want(A)), "jobs.a changed"),
        (desired(want(F)), "jobs.a was taken out"),
        (desired(want(F), want(A, generation=2), want(A._replace(name="b"))), "jobs.b was added"),
    ],
)
def test_another_manifest(wanted: Desired, what: str) -> None:
    """Data and specs are bound, those of resources that the plan leaves alone as well."""
    with pytest.raises(Refusal, match=f"refused: {what} after it was planned"):
        fresh(wanted=wanted, called={F: "data/f.jsonl"})


def test_a_resource_is_bound_by_what_it_is() -> None:
    """Fingerprint and generation."""
    resource: Resource = WANTED.resources[A]
    assert PLAN.declared[A] == (resource.fingerprint, 2)
