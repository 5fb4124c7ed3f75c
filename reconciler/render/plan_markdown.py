"""A plan as a comment on a pull request: what matters first, and never more than a host takes.

Summary, refusals, deletions and training stand above the fold; every change has its details below.
Where the page would be too long the largest details go first, then rows that neither pay nor
destroy, and only then those that do. Nothing of a dataset's rows is ever in it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from reconciler.core.plan import Action, Change, Detail, Drift, Finding, Plan, Severity
from reconciler.render.foreign_markdown import code, fenced, inline, link
from reconciler.render.glyphs import glyph
from reconciler.render.money import budget_left, cure_of, price_of, sweeps, why
from reconciler.render.page_cut import Cut, cut_to_fit, length
from reconciler.render.plan_text import shown, summary
from reconciler.text import visible

LIMIT = 60_000
"""Characters. GitHub takes 65,536 of a comment; a host may count what it adds, such as a quote."""

ALERT = "CAUTION"
"""Which of GitHub's alert boxes what is refused stands in; others show it as a quote."""

ALERTS = {Severity.FAILED: ALERT, Severity.UNSETTLED: ALERT, Severity.WARNING: "WARNING"}
"""The same of other findings."""

DRIFT = "Changed outside since the last apply:"
"""Heads what was changed by others."""

HARMLESS = "Changed outside, and nothing follows from it:"
"""Heads what no apply would answer, so that it stays so."""

MOST_NAMED = 20
"""Findings, and deletions and trainings told in sentences; all changes stand in the table."""

LONGEST = 400
"""Characters of one sentence of somebody else's."""

_TABLE = ["| | address | action | reason | cost |", "|-|-|-|-|-:|"]


class Page(NamedTuple):
    """What a page says beside its plan.

    Attributes:
        project, environment: whose plan it is; environment is empty where there are none.
        digest: of what the plan pays for and destroys.
        apply: the command that applies just this, without the digest.
        commit, run_url: of the CI run that made it; empty where there is none.
        warned: file → how many warnings there are about its data.
        validate: the command that tells them.
    """

    project: str
    environment: str
    digest: str
    apply: str
    simulated: bool = False
    commit: str = ""
    run_url: str = ""
    warned: Mapping[str, int] = {}
    validate: str = "reconciler validate"

    @property
    def owner(self) -> str:
        """`project`, or `project/environment`."""
        return "/".join(part for part in (self.project, self.environment) if part)


def plan_page(plan: Plan, refusals: Sequence[Finding], page: Page) -> str:
    """The whole comment as Markdown, at most `LIMIT` characters."""
    changes = sorted(shown(plan), key=_weight)
    sections = [_section(change, page) for change in changes]
    head, foot = [*_heading(plan, refusals, page)], [*_footer(plan, page)]
    budget = [*_sweeps(plan, page), *_budget(plan), *_warned(page)]
    marker = _marker(page, is_cut=True)
    most = Cut(rows=frozenset(range(len(changes))), deletions=len(changes), is_brief=True)
    room = LIMIT - length([marker, *head, *budget, *foot, *_notice(page, most)])
    rows, is_brief = _rows(changes, page, room)
    cut = cut_to_fit(changes, rows, sections, room - length(_TABLE))._replace(is_brief=is_brief)
    marker = _marker(page, is_cut=cut.is_any)
    table = [row for n, row in enumerate(rows) if n not in cut.rows]
    blocks = [text for n, text in enumerate(sections) if text and n not in cut.sections]
    body = [*head, *(["", *_TABLE, *table] if table else []), *budget, *blocks]
    return "\n".join([marker, *body, *(_notice(page, cut) if cut.is_any else []), *foot]) + "\n"


def _weight(change: Change) -> tuple[int, str, str]:
    """Deletions, then what is paid for, then the rest."""
    rank = 0 if change.action.destroys else 1 if _is_paid(change) else 2
    return rank, str(change.address), change.id


def _is_paid(change: Change) -> bool:
    return change.action.makes and change.address.kind == "jobs"


def _marker(page: Page, *, is_cut: bool) -> str:
    """How `comment` finds its own page, and what it may take as approved."""
    environment = f" env={page.environment}" if page.environment else ""
    return (
        f"<!-- reconciler:plan v1 project={page.project}{environment} "
        f"digest={page.digest} truncated={int(is_cut)} -->"
    )


def _heading(plan: Plan, refusals: Sequence[Finding], page: Page) -> Iterator[str]:
    refused = (*refusals, *plan.of(Severity.REFUSED))
    if refused:
        said = f"**refused**, {_brief(refused[0].what.removeprefix('refused: '))}"
    else:
        said = _emphasised(plan, page)
    yield f"### {inline(page.owner)}: {said}"
    yield from _alert("WARNING", [*_sentences(plan)])
    told = [(finding, ALERT) for finding in refused]
    told += [(f, ALERTS[f.severity]) for f in plan.findings if f.severity in ALERTS]
    for finding, kind in told[:MOST_NAMED]:
        yield from _alert(kind, [*_parts(finding, page)])
    yield from _and_more(len(told))
    yield from _drift(DRIFT, [item for item in plan.drift if not item.note])
    yield from _drift(HARMLESS, [item for item in plan.drift if item.note])


def _drift(head: str, items: Sequence[Drift]) -> Iterator[str]:
    if not items:
        return
    yield from ("", head, "")
    for item in items[:MOST_NAMED]:
        yield f"- {code(str(item.address))} {_brief(item.words)}"
    yield from _and_more(len(items))


def _sweeps(plan: Plan, page: Page) -> Iterator[str]:
    """What each matrix costs in all; the table has the price of one job a row."""
    told = sweeps(plan, simulated=page.simulated)
    yield from [""] * bool(told)
    for name, words in told[:MOST_NAMED]:
        yield f"- {code(name)}: {_money(words)}"
    yield from _and_more(len(told))


def _budget(plan: Plan) -> Iterator[str]:
    if plan.cost.high and (left := budget_left(plan)):
        yield from ("", _money(f"Budget: {left}."))


def _warned(page: Page) -> Iterator[str]:
    """How many warnings there are about the data; what they say is in the log of the run."""
    if page.warned:
        number, files = sum(page.warned.values()), len(page.warned)
        count = f"{number:,} warning{'s' * (number != 1)} in {files:,} file{'s' * (files != 1)}"
        yield from ("", f"Data: {count}; {code(page.validate)} tells them.")


def _and_more(count: int) -> Iterator[str]:
    if count > MOST_NAMED:
        yield from ("", f"and {count - MOST_NAMED} more")


def _brief(text: str) -> str:
    """A sentence of somebody, on one line; an endpoint's error may be a whole page."""
    line = " ".join(text.split())
    return inline(line if len(line) <= LONGEST else f"{line[:LONGEST]}…")


def _emphasised(plan: Plan, page: Page) -> str:
    """The summary line of the text, its costly words strong."""
    text = summary(plan, simulated=page.simulated).removeprefix("Plan: ")
    counts, _, cost = text.rpartition(" · ") if not plan.is_empty else (text, "", "")
    parts = [f"**{inline(p)}**" if _is_costly(p) else inline(p) for p in counts.split(", ")]
    return ", ".join(parts) + (f" · **{_money(cost)}**" if cost else "")


def _money(text: str) -> str:
    """Our own words; two dollar signs would make a formula of what is between them."""
    return text.replace("$", "\\$")


def _is_costly(part: str) -> bool:
    return part.endswith(("delete", "cancel")) and not part.startswith("0 ")


def _sentences(plan: Plan) -> Iterator[str]:
    """What a reviewer must not miss."""
    told = [c for c in sorted(shown(plan), key=_weight) if c.action.destroys or _is_retrained(c)]
    for change in told[:MOST_NAMED]:
        verb = {"delete": "deleted", "cancel": "cancelled"}.get(change.action.word)
        what = f"**{verb}**" if verb else "**trained again**"
        yield f"{code(str(change.address))} will be {what}: {_brief(change.reason)}"
    if len(told) > MOST_NAMED:
        yield f"and {len(told) - MOST_NAMED} more: see the table"


def _is_retrained(change: Change) -> bool:
    return change.action is Action.REPLACE and _is_paid(change)


def _parts(finding: Finding, page: Page) -> Iterator[str]:
    cure = cure_of(finding, simulated=page.simulated)
    yield f"**{_brief(finding.what)}**"
    for label, text in (("where", finding.where), ("why", finding.why), ("cure", cure)):
        if text:
            yield f"{label}: {_brief(text)}"


def _alert(kind: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield from ("", f"> [!{kind}]")
        yield from (f"> {line}<br>" for line in lines[:-1])
        yield f"> {lines[-1]}"


def _rows(changes: Sequence[Change], page: Page, room: int) -> tuple[list[str], bool]:
    """The rows of the table; where deletions alone would not fit, they are without reasons."""
    rows = [_row(change, page) for change in changes]
    gone = [row for change, row in zip(changes, rows, strict=True) if change.action.destroys]
    if length((*_TABLE, *gone)) <= room:
        return rows, False
    brief = [replace(c, reason="") if c.action.destroys else c for c in changes]
    return [_row(change, page) for change in brief], True


def _row(change: Change, page: Page) -> str:
    sign = inline(glyph(change.action))
    price = _money(price_of(change, simulated=page.simulated))
    cells = (sign, code(str(change.address)), change.action.word, _brief(change.reason), price)
    return f"| {' | '.join(cells)} |"


def _section(change: Change, page: Page) -> str:
    """The details of one change, folded; empty where it has none."""
    working = why(change.cost) if change.cost and not change.cost.is_free else ""
    if not change.details and not working:
        return ""
    price = price_of(change, simulated=page.simulated)
    head = f"{change.address}: {change.action.word}" + (f", {price}" if price else "")
    pad = max((len(visible(detail.label)) for detail in change.details), default=0)
    lines = [f"! {visible(str(change.address))}  {visible(change.reason)}"]
    lines += [line for detail in change.details for line in _diff(detail, pad)]
    lines += [f"  {'cost':<{pad}}  {working}"] if working else []
    summary_ = f"<details><summary>{inline(head)}</summary>"
    return "\n".join(("", summary_, "", fenced("\n".join(lines), "diff"), "</details>"))


def _diff(detail: Detail, pad: int) -> Iterator[str]:
    """`- old` and `+ new` in column 0, where the hosts colour them."""
    label = f"{visible(detail.label):<{pad}}"
    note = f"  {visible(detail.remark)}" if detail.remark else ""
    if detail.before:
        yield f"- {label}  {visible(detail.before)}"
    if detail.after:
        yield f"+ {label}  {visible(detail.after)}{note}"
    elif note:
        yield f"  {label}{note}"


def _notice(page: Page, cut: Cut) -> list[str]:
    full = f" Full plan: {_run(page)}" if _run(page) else ""
    said = (
        f"{cut.deletions} deletions are not shown" if cut.deletions else "all deletions are shown"
    )
    said += ", without their reasons" if cut.is_brief else ""
    more = f", {len(cut.rows)} rows are left out" if cut.rows else ""
    return ["", f"> Cut at {LIMIT:,} characters{more}; {said}.{full}"]


def _footer(plan: Plan, page: Page) -> Iterator[str]:
    """Who made it, and what to run when it is merged."""
    parts = [f"digest {code(page.digest[:8])}"]
    parts += [f"commit {code(page.commit[:7])}"] if page.commit else []
    parts += [_run(page)] if _run(page) else []
    if not plan.is_empty:
        parts.append(f"on merge: {code(f'{page.apply} --expect {page.digest}')}")
    yield from ("", f"<sub>{' · '.join(parts)}</sub>")


def _run(page: Page) -> str:
    """A link to the CI run."""
    return link("run", page.run_url)
