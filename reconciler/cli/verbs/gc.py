"""`reconciler gc`: remove what is ours and nothing accounts for, and models by their names."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from reconciler.cli.out import now
from reconciler.cli.settings import Settings
from reconciler.cli.verbs.consent import Will
from reconciler.cli.verbs.converge import Converging, locked
from reconciler.cli.verbs.glance import glance
from reconciler.cli.verbs.plan import refusals_of, show_plan
from reconciler.cli.verbs.scope import leave_words
from reconciler.cli.verbs.stop import stoppable
from reconciler.cli.verbs.verdict import verdict
from reconciler.cli.verbs.workspace import Workspace, open_workspace
from reconciler.core.address import Address
from reconciler.core.guards import Leave
from reconciler.core.let_go import strange_names, swept
from reconciler.core.orphans import Sweep, sweep
from reconciler.core.plan import Finding
from reconciler.core.renewal import Renewal
from reconciler.core.state import State
from reconciler.core.words import exact, span
from reconciler.errors import ApiError, ExitCode, UsageError
from reconciler.round import Round
from reconciler.schedule import Lanes
from reconciler.text import visible


def gc(
    settings: Settings,
    /,
    older: int,
    dry_run: bool,
    settle: int | None,
    yes: bool,
    lock_timeout: int,
    parallel: int,
    parallel_jobs: int,
    **flags: Any,
) -> int:
    """Remove what is ours and nothing accounts for, and the models that were named."""
    leave = Leave(**flags)
    will = Will("gc", leave, yes, Lanes(parallel, parallel_jobs))
    wanted = Sweep(older, leave.retire)
    with (
        stoppable(settings.out) as stop,
        open_workspace(settings, stop=stop, settle=settle) as workspace,
    ):
        if leave.models:
            workspace.api.need_deletable_models()
        if dry_run:
            return _show(workspace, leave, wanted)
        with locked(workspace, will, stop, lock_timeout) as journal:
            return Sweeping(workspace, will, stop, journal, wanted=wanted).rounds()


def _swept(found: Round, wanted: Sweep, names: tuple[str, ...]) -> Round:
    """The same with a plan that removes orphans and the models of these names, and nothing else.

    Raises:
        UsageError: no job of this owner made such a model.
    """
    view = found.view
    for name in strange_names(view, names):
        raise UsageError(
            f"no model {visible(name)} of {found.state.owner}",
            why="no job of this owner made it; what others made is theirs to delete",
            cure="reconciler models lists what is there",
        )
    return replace(found, plan=swept(view, sweep(view, wanted), names))


def _show(workspace: Workspace, leave: Leave, wanted: Sweep) -> ExitCode:
    """What would go, by one look without the lock."""
    found = _swept(glance(workspace), wanted, leave.models)
    refusals = refusals_of(workspace, found, leave)
    show_plan(workspace, found, refusals)
    code, settings = verdict(found.plan, refusals), workspace.settings
    if _removes(found) and code is ExitCode.DONE and not settings.is_ci:
        settings.out.say(f"next: {settings.typed('gc')}{leave_words(leave)}{_typed(wanted)}")
    return code


def _removes(found: Round) -> bool:
    return any(change.action.destroys for change in found.plan.changes)


def _typed(wanted: Sweep) -> str:
    return f" --older {exact(wanted.older)}" if wanted.older else ""


@dataclass
class Sweeping(Converging):
    """A sweep under the lock: only what two looks, `settle` apart, both find to be orphans goes.

    The second one shows every reader, and every other runner's work, that the first one's lists
    may still have lacked; and it comes after the yes, however long that took.
    """

    wanted: Sweep = field(default_factory=Sweep)
    looked: float | None = None
    """When the first look began."""

    def look(self) -> Round:
        """Observe and settle; the plan is the removal of orphans."""
        if self.looked is None:
            self.looked = time.monotonic()
        return _swept(super().look(), self.wanted, self.will.leave.models)

    def running(self) -> Mapping[Address, str]:
        """What is recorded and runs is none of its business."""
        return {}

    def again(self) -> str:
        """With its age."""
        return super().again() + _typed(self.wanted)

    def asked(self) -> tuple[Renewal, ...]:
        """What an apply was asked for stays asked for."""
        return self.journal.state.renewals

    def forget_asked(self) -> None:
        """What an apply was asked for is that one's to do."""

    def audit(self, after: State) -> tuple[Finding, ...]:  # noqa: ARG002  # of any apply
        """What it leaves, its plan has said."""
        return ()

    def go_on(self) -> None:
        """Look again, then remove what both looks agree on."""
        if _removes(self.found):
            self.let_lists_catch_up()
            self.look_twice()
        self.carry_out()

    def look_twice(self) -> None:
        """Only what the first look named is still talked of; a stop leaves it at that look."""
        ids = frozenset(change.id for change in self.found.plan.changes)
        self.wanted = replace(self.wanted, among=ids)
        try:
            if not self.stop.is_over:
                self.look_again()
        except ApiError:
            if not self.stop.is_over:  # else it was broken off, and nothing is begun any more
                raise

    def let_lists_catch_up(self) -> None:
        """What is left of `settle` since the first look."""
        out, passed = self.workspace.settings.out, time.monotonic() - (self.looked or 0.0)
        if (left := self.workspace.patience - passed) <= 0:
            return
        words = f"looking again in {span(int(left) + 1)}: a list may lack what reads them"
        if not out.is_terminal:
            out.say(f"{now()} {words}")
        with out.passing(words):
            self.stop.pause(left)
