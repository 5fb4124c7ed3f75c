"""`reconciler plan`: what would change, and why."""

import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.backends.holder import describe
from reconciler.cli.settings import Settings
from reconciler.cli.told import note_of, problem_lines
from reconciler.cli.verbs.ci import commit, run_url
from reconciler.cli.verbs.ci_files import PAGE, WIDGET, put_out, summarise, write_own
from reconciler.cli.verbs.compared import compared
from reconciler.cli.verbs.glance import glance, glance_offline
from reconciler.cli.verbs.plan_file import write_plan
from reconciler.cli.verbs.scope import chosen_of, in_scope, leave_words
from reconciler.cli.verbs.verdict import say_findings, verdict
from reconciler.cli.verbs.workspace import Workspace, open_workspace
from reconciler.core.budget import NOTHING_SPENT, Spent
from reconciler.core.guards import Leave, guard
from reconciler.core.plan import Finding
from reconciler.core.saved_plan import saved
from reconciler.core.scope import Scope
from reconciler.errors import ExitCode
from reconciler.kinds import BY_NAME
from reconciler.render.ci_outputs import plan_outputs, widget_text
from reconciler.render.plan_text import WIDTH, plan_lines
from reconciler.render.settled_text import settled_lines
from reconciler.round import Round
from reconciler.text import visible

if TYPE_CHECKING:
    from reconciler.render.plan_shape import PlanDocument


def plan(
    settings: Settings,
    /,
    settle: int | None,
    out: Path | None,
    page: Path | None,
    widget: Path | None,
    offline: bool,
    format_: str,
    detailed_exitcode: bool,
    **flags: Any,
) -> int:
    """Show what would change, why, and what it costs. Nothing is sent but reads."""
    chosen = chosen_of(settings, flags)
    leave = Leave(**flags)
    with open_workspace(settings, settle=settle, chosen=chosen, is_offline=offline) as workspace:
        warn_of_holder(workspace)
        found = in_scope(glance_offline(workspace) if offline else glance(workspace), chosen.scope)
        found = compared(workspace, found)
        settings.held += [workspace, found]
        if offline:
            settings.out.say("note: offline: compared with the state alone, not with what is live")
        refusals = refusals_of(workspace, found, leave)
        if format_ == "markdown":
            settings.out.keep(*_page(workspace, found, refusals).split("\n"))
            say_warnings(workspace)
        else:
            show_plan(workspace, found, refusals)
        _leave(workspace, found, refusals, page, widget)
        if out and not refusals:
            write_plan(out, saved(found.state, workspace.desired, found.grants, *chosen))
        elif out:
            settings.out.say(f"note: {visible(str(out))} was not written: the plan is refused")
    code = verdict(found.plan, refusals)
    if found.plan.changes and code is not ExitCode.REFUSED:
        settings.out.say(*_next(settings, found, out, code, leave_words(leave)))
    is_changed = code is ExitCode.DONE and _has_changes(found, chosen.scope)
    return ExitCode.CHANGES if is_changed and detailed_exitcode else code


def _has_changes(found: Round, scope: Scope) -> bool:
    """Whether something is to be done; of drift, whether something follows from it."""
    drift = scope.only_drift and any(not item.note for item in found.plan.drift)
    return bool(found.plan.changes or drift)


def _leave(
    workspace: Workspace,
    found: Round,
    refusals: tuple[Finding, ...],
    page: Path | None,
    widget: Path | None,
) -> None:
    """What this plan leaves for CI and for `comment`."""
    settings = workspace.settings
    if page:
        write_own(page, _page(workspace, found, refusals).encode(), PAGE)
    if widget:
        write_own(widget, widget_text(found.plan).encode(), WIDGET)
    if settings.host:
        summarise(settings, _page(workspace, found, refusals))
        code = verdict(found.plan, refusals)
        put_out(settings, plan_outputs(found.plan, found.digest, code))


def _page(workspace: Workspace, found: Round, refusals: tuple[Finding, ...]) -> str:
    from reconciler.render.plan_markdown import Page, plan_page  # noqa: PLC0415  # if asked for

    settings = workspace.settings
    about = Page(
        workspace.owner.project,
        workspace.owner.environment,
        found.digest,
        settings.typed("apply"),
        simulated=workspace.is_simulated,
        commit=commit(settings.environ),
        run_url=run_url(settings.environ),
        warned=workspace.data.warnings.by_file,
        validate=settings.beside("validate"),
    )
    return plan_page(found.plan, refusals, about)


def _next(
    settings: Settings, found: Round, out: Path | None, code: ExitCode, allowed: str
) -> Iterator[str]:
    """What to do with the plan: apply it, or in CI what a reviewer may allow by its digest.

    What the guards were told to allow has to be told to the apply, too.
    """
    apply, digest = settings.typed("apply") + allowed, found.digest
    if settings.is_ci:
        yield f"digest: {digest} (apply just this: {apply} --expect {digest})"
    elif code is ExitCode.DONE and out:
        file = visible(shlex.quote(str(out)))
        yield f"next: {settings.beside('apply')} {file}{allowed}"  # the file knows what is chosen
    elif code is ExitCode.DONE:
        yield f"next: {apply}"


def refusals_of(
    workspace: Workspace, found: Round, leave: Leave, spent: Spent = NOTHING_SPENT
) -> tuple[Finding, ...]:
    """Why this plan may not be applied here; `spent` is what earlier rounds took."""
    return guard(
        found.plan,
        workspace.desired,
        found.state,
        found.live,
        BY_NAME,
        leave=leave,
        setting=workspace.setting,
        spent=spent,
    )


def show_plan(
    workspace: Workspace, found: Round, refusals: tuple[Finding, ...], *, in_line: bool = False
) -> None:
    """The plan to stdout, what is wrong with it to stderr.

    Args:
        in_line: as JSON it is the first line of many, not a document of its own.
    """
    out = workspace.settings.out
    if out.is_json:
        document = _document(workspace, found, refusals)
        out.line({"type": "plan", **document}) if in_line else out.document(document)
        return
    out.keep(heading(workspace, found), *settled_lines(found.settlements), "")
    columns = out.columns or WIDTH
    out.keep(*plan_lines(found.plan, simulated=workspace.is_simulated, columns=columns))
    say_warnings(workspace)
    findings = (*found.plan.findings, *refusals)
    say_findings(out, findings, simulated=workspace.is_simulated)


def say_warnings(workspace: Workspace) -> None:
    """What `validate` says of the data, too: they can be used, and may teach what nobody wants."""
    warnings = workspace.data.warnings
    out = workspace.settings.out
    out.say(*problem_lines(warnings.problems, warnings.further))
    out.annotate(*map(note_of, warnings.problems))


def _document(workspace: Workspace, found: Round, refusals: tuple[Finding, ...]) -> "PlanDocument":
    from reconciler.render.plan_json import plan_document  # noqa: PLC0415  # if asked for

    return plan_document(
        found.plan,
        owner=str(workspace.owner),
        endpoint=workspace.place,
        serial=found.state.serial,
        digest=found.digest,
        settlements=found.settlements,
        refusals=refusals,
        warned=workspace.data.warnings.by_file,
    )


def heading(workspace: Workspace, found: Round) -> str:
    """`support-bots · openai · https://api.openai.com/v1 · serial 7`."""
    serial = f"serial {found.state.serial}" if found.state.serial else "no state yet"
    return " · ".join((str(workspace.owner), workspace.endpoint.kind, workspace.place, serial))


def warn_of_holder(workspace: Workspace) -> None:
    """Reading beside a running apply is allowed, and said."""
    if holder := workspace.backend.holder():
        workspace.settings.out.say(
            f"warning: {visible(holder.operation)} is running; this may be old",
            f"  where: {workspace.backend.name}, lock {visible(holder.id)}",
            f"  why:   {visible(describe(holder, datetime.now(UTC)))}",
        )
