"""The page of a plan: what matters first, never too long, and nobody's words act on it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from reconciler.core.address import Address
from reconciler.core.cost import Cost
from reconciler.core.plan import Action, Change, Detail, Drift, Finding, Outside, Plan, Severity
from reconciler.render.plan_markdown import LIMIT, Page, plan_page

DIGEST = "9f2c41d0" * 8
PAGE = Page("bots", "prod", DIGEST, "reconciler apply --env prod", commit="3ab1f20" * 4)
RUN = "https://ci.example/runs/88"
BOT, OLD, NEW = Address("jobs", "bot"), Address("files", "old"), Address("files", "new")


def change(action: Action, address: Address, reason: str = "why", **rest: object) -> Change:
    """One change, with as little as possible."""
    return Change(action, address, reason, id=f"id-{address.name}", **rest)  # type: ignore[arg-type]  # any member


UNKNOWN = Cost(None, None, is_exact=False, why="no price is known")


def retrained(reason: str = "its training data changed: trains again") -> Change:
    """A job that is paid for again."""
    details = (
        Detail("training_file", "files.new  3f9a1c07", "77b02e4d", forces=True),
        Detail("replaced", note="ftjob-1 stays as history"),
    )
    return change(Action.REPLACE, BOT, reason, details=details, cost=UNKNOWN)


MIXED = Plan(
    (
        change(Action.CREATE, NEW, "new: 412 rows, 96 KB"),
        change(Action.DELETE, OLD, "no longer declared"),
        retrained(),
    )
)


PARSER = MarkdownIt("gfm-like", {"html": True})


def parsed(text: str) -> list[Token]:
    """The blocks of a page, as GitHub's Markdown has them: tables, and links without a mark."""
    return PARSER.parse(text)


def cells(text: str) -> list[list[str]]:
    """The rows of the table, as plain text."""
    rows: list[list[str]] = []
    for token in parsed(text):
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and rows and token.level > 2:
            rows[-1].append("".join(c.content for c in token.children or []))
    return rows[1:]


def test_what_matters_stands_first() -> None:
    """The summary, then deletions, then training, then the rest; the digest to apply it with."""
    text = plan_page(MIXED, (), PAGE)
    lines = text.splitlines()
    assert lines[0] == (
        f"<!-- reconciler:plan v1 project=bots env=prod digest={DIGEST} truncated=0 -->"
    )
    assert lines[1] == (
        "### bots/prod: 1 to create, 1 to replace, **1 to delete** · **price unknown**"
    )
    assert lines[3:6] == [
        "> [!WARNING]",
        "> `files.old` will be **deleted**: no longer declared<br>",
        "> `jobs.bot` will be **trained again**: its training data changed: trains again",
    ]
    assert [row[1] for row in cells(text)] == ["files.old", "jobs.bot", "files.new"]
    assert f"`reconciler apply --env prod --expect {DIGEST}`</sub>" in text


def test_details_are_a_diff() -> None:
    """Old and new begin in column 0, where the hosts colour them."""
    (fence,) = [token for token in parsed(plan_page(MIXED, (), PAGE)) if token.type == "fence"]
    assert fence.info == "diff"
    assert fence.content.splitlines() == [
        "! jobs.bot  its training data changed: trains again",
        "- training_file  files.new  3f9a1c07",
        "+ training_file  77b02e4d  forces training",
        "  replaced       ftjob-1 stays as history",
        "  cost           no price is known",
    ]


def test_nothing_to_do_is_one_line() -> None:
    """And asks nobody to apply it."""
    text = plan_page(Plan(in_sync={"files": 2, "jobs": 1}), (), Page("bots", "", DIGEST, "x"))
    assert "### bots: nothing to do" in text
    assert "project=bots digest=" in text
    assert "--expect" not in text
    assert cells(text) == []


def test_refusals_and_failures_are_alerts() -> None:
    """With what, where, why and cure; the heading says refused."""
    guard = Finding(
        Severity.REFUSED, OLD, "refused: 9 of 11 files", "files.*", "why so", "put back"
    )
    failed = Finding(Severity.FAILED, BOT, "jobs.bot failed", cure="correct line 100")
    text = plan_page(Plan(MIXED.changes, (), (failed,)), (guard,), PAGE)
    assert "### bots/prod: **refused**, 9 of 11 files" in text
    assert text.count("> [!CAUTION]") == 2
    assert "> cure: put back" in text
    assert "> cure: correct line 100" in text


def test_a_refusal_of_the_plan_itself_is_the_heading() -> None:
    """As one of a guard is, and not that nothing is to do."""
    refused = Finding(Severity.REFUSED, BOT, "refused: it is not imported", cure="take it out")
    text = plan_page(Plan(findings=(refused,), in_sync={"files": 1}), (), PAGE)
    assert "### bots/prod: **refused**, it is not imported\n" in text
    assert "nothing to do" not in text
    assert text.count("> [!CAUTION]") == 1
    assert "> cure: take it out" in text


def test_the_run_is_linked() -> None:
    """Only where its address is that of a web page."""
    assert f"[run]({RUN})" in plan_page(MIXED, (), Page("b", "", DIGEST, "x", run_url=RUN))
    for url in ("javascript:alert(1)", "file:///etc/passwd", "https:", ""):
        assert "[run]" not in plan_page(MIXED, (), Page("b", "", DIGEST, "x", run_url=url))
    (found,) = re.findall(
        r"\[run\]\((.*?)\)",
        plan_page(MIXED, (), Page("b", "", DIGEST, "x", run_url="https://a/)[x](<b> c")),
    )
    assert not set("()<> []") & set(found)


@pytest.mark.parametrize("count", [500, 3000])
def test_a_large_plan_fits(count: int) -> None:
    """Under the limit, the summary and every deletion and training intact; and it says so."""
    some = "x" * 40
    made = [
        change(Action.CREATE, Address("files", f"new-{n}"), f"new: {some}") for n in range(count)
    ]
    gone = [
        change(Action.DELETE, Address("files", f"old-{n}"), "no longer declared")
        for n in range(120)
    ]
    details = tuple(Detail(f"field-{n}", some, some) for n in range(400))
    wide = change(Action.REPLACE, NEW, "content changed", details=details)
    text = plan_page(Plan((*made, *gone, retrained(some * 3), wide)), (), PAGE)
    assert len(text) <= LIMIT
    assert "truncated=1 -->" in text.splitlines()[0]
    assert "all deletions are shown" in text
    shown = [row[1] for row in cells(text)]
    assert shown[:121] == [*sorted(f"files.old-{n}" for n in range(120)), "jobs.bot"]
    assert f"{count} to create" in text.splitlines()[1]


LONG = "x" * 30 + "[learning_rate_multiplier=0.5,n_epochs={}]"
"""As long as the name of one of a matrix usually is."""


def test_deletions_stay_whole_longer_than_their_reasons() -> None:
    """Five hundred with long names and reasons are all there, and it is said what is not."""
    gone = [
        change(Action.CANCEL, Address("jobs", LONG.format(n)), "no longer declared " * 4)
        for n in range(500)
    ]
    made = [change(Action.CREATE, Address("files", f"new-{n}")) for n in range(20)]
    guard = Finding(Severity.REFUSED, gone[0].address, "refused: 500 of 500 jobs", "w", "y", "c")
    text = plan_page(Plan((*made, *gone)), (guard,), PAGE)
    assert len(text) <= LIMIT
    assert "truncated=1 -->" in text.splitlines()[0]
    assert [row[1] for row in cells(text)[:500]] == sorted(str(one.address) for one in gone)
    assert "all deletions are shown, without their reasons" in text


def test_a_page_of_deletions_alone_fits() -> None:
    """Where not even they fit, it says how many are missing, and may not be taken as approved."""
    gone = [change(Action.DELETE, Address("files", f"{'y' * 60}{n}"), "y" * 90) for n in range(900)]
    text = plan_page(Plan(tuple(gone)), (), PAGE)
    assert len(text) <= LIMIT
    assert "truncated=1 -->" in text.splitlines()[0]
    left = len(cells(text))
    assert f"{900 - left} deletions are not shown, without" in text
    assert left > 400


def test_many_findings_fit() -> None:
    """Neither their number nor an endpoint's long words push the changes off the page."""
    failed = [Finding(Severity.FAILED, BOT, f"{n} failed", why="z " * 5_000) for n in range(500)]
    drift = [Drift(OLD, f"{n}", Outside.GONE, f"{n} is gone (404)") for n in range(500)]
    text = plan_page(Plan(MIXED.changes, (), tuple(failed), drift=tuple(drift)), (), PAGE)
    assert len(text) <= LIMIT
    assert len(cells(text)) == 3
    assert text.count("and 480 more") == 2


HOSTILE = (
    "`code` ``` ~~~ @octocat #1 !2 GH-3 | a | b",
    "</details></summary><script>alert(1)</script><!-- --> <img src=x onerror=y>",
    "[link](https://evil.example) ![image](https://evil.example/x.png) <https://evil.example>",
    "line\n\n# heading\n- item\n> quote\n/merge\n::set-output name=x::y",
    "\x1b[31mred\x1b[0m \u202eabc\u200b --> *bold* _it_ ~~gone~~ $x$ :tada: &amp; \\",
)


@pytest.mark.parametrize("words", HOSTILE)
def test_nobodys_words_act(words: str) -> None:
    """In every place of a plan that can hold somebody's words, they stay words."""
    detail = Detail(words, words, words, words)
    finding = Finding(Severity.WARNING, BOT, words, words, words, words)
    drift = Drift(OLD, words, Outside.GONE, words, words, words, words)
    deleted = change(Action.DELETE, OLD, words, details=(detail,))
    text = plan_page(Plan((deleted,), (), (finding,), drift=(drift,)), (), PAGE)
    check_inert(text)
    check_inert(plan_page(Plan((deleted,)), (finding,), PAGE))


@given(st.text(max_size=60))
def test_no_text_acts(words: str) -> None:
    """Whatever it is."""
    check_inert(
        plan_page(
            Plan((change(Action.DELETE, OLD, words, details=(Detail("a", words),)),)), (), PAGE
        )
    )


NAMES = (
    "a[suffix=@octocat/team,x=:tada:]",
    "b[model=http://evil.example/a.png]",
    "c[suffix=www.evil.example]",
    "d[suffix=-----,x=GH-3]",
    "e[x=/merge,y=a@b.example]",
)
"""The worst that an address may be."""


def test_five_hundred_hostile_changes_are_a_page() -> None:
    """Of whatever words and names: short enough, the summary first, all deletions there."""
    deleted: list[Change] = []
    others: list[Change] = []
    for n in range(500):
        words, name = HOSTILE[n % len(HOSTILE)], NAMES[n % len(NAMES)].replace("[", f"-{n}[", 1)
        detail = Detail(words, words * 3, words * 3, words)
        action = (Action.CANCEL, Action.CREATE, Action.REPLACE, Action.WAITING, Action.ADOPT)[n % 5]
        one = change(action, Address("jobs", name), words, details=(detail,) * 9)
        (deleted if action is Action.CANCEL else others).append(one)
    finding = Finding(Severity.FAILED, BOT, *HOSTILE[:4])
    drift = tuple(Drift(OLD, words, Outside.GONE, words) for words in HOSTILE)
    text = plan_page(Plan((*others, *deleted), (), (finding,), drift=drift), (), PAGE)
    assert len(text) <= LIMIT
    assert "100 to create, 100 to replace" in text.splitlines()[1]
    rows = cells(text)
    assert {str(one.address) for one in deleted} <= {row[1] for row in rows}
    assert all(len(row) == 5 for row in rows)
    check_nothing_acts(text)


def check_inert(text: str) -> None:
    """One heading, one table of one row, one fence; no link, image or HTML but our own."""
    assert [token.type for token in parsed(text)].count("fence") <= 1
    assert len(cells(text)) == 1
    assert len(cells(text)[0]) == 5
    check_nothing_acts(text)


def check_nothing_acts(text: str) -> None:
    """One heading; no link, image or HTML but our own."""
    tokens = parsed(text)
    kinds = [token.type for token in tokens]
    assert kinds.count("heading_open") == 1
    inline = [child for token in tokens for child in token.children or []]
    assert not {"link_open", "image"} & {child.type for child in inline}
    html = [token.content for token in (*tokens, *inline) if token.type.startswith("html")]
    ours = r"<!-- reconciler:plan [^>]* -->|</?(details|summary|sub|code|br)>"
    left = re.sub(ours, "", "".join(html))
    assert not re.search(r"<", left), html
    assert all(c.isprintable() or c == "\n" for c in text)
