"""`reconciler apply`: rounds of observe, settle, diff and apply until nothing is left to do."""

from pathlib import Path
from typing import Any

from reconciler.cli.settings import Settings
from reconciler.cli.verbs.consent import Will
from reconciler.cli.verbs.converge import converge
from reconciler.cli.verbs.plan_file import read_plan
from reconciler.cli.verbs.scope import chosen_in, chosen_of
from reconciler.cli.verbs.stop import stoppable
from reconciler.cli.verbs.workspace import open_workspace
from reconciler.core.guards import Leave
from reconciler.core.saved_plan import SavedPlan, check_owner
from reconciler.errors import Refusal
from reconciler.schedule import Lanes


def apply(
    settings: Settings,
    /,
    file: Path | None,
    expect: str,
    settle: int | None,
    yes: bool,
    wait: bool,
    deadline: int | None,
    lock_timeout: int,
    parallel: int,
    parallel_jobs: int,
    **flags: Any,
) -> int:
    """Upload and train what the plan says; nothing is ever paid twice."""
    plan = _expected(file, expect) if file else None
    lanes, chosen = Lanes(parallel, parallel_jobs), chosen_of(settings, flags)
    chosen = chosen_in(settings, plan, chosen) if plan else chosen
    will = Will("apply", Leave(**flags), yes, lanes, wait, chosen.scope, plan, str(file), expect)
    with (
        stoppable(settings.out, deadline) as stop,
        open_workspace(settings, stop=stop, settle=settle, chosen=chosen) as workspace,
    ):
        if plan:
            check_owner(plan, str(workspace.owner), workspace.identity, shown=str(file))
        return converge(workspace, will, stop, lock_timeout)


def _expected(file: Path, expect: str) -> SavedPlan:
    """The plan in a file, if it has the digest that is asked for."""
    plan = read_plan(file)
    if expect and plan.digest != expect:
        raise Refusal(
            "refused: the saved plan is not the one that was reviewed",
            where=f"--expect {expect}",
            why=f"the digest of {file} is {plan.digest}",
            cure="reconciler plan --out FILE, and review it again; nothing was sent",
        )
    return plan
