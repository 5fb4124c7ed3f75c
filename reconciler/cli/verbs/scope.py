"""The part of a plan that `--target` and its kin choose, as the command line says it."""

import shlex
from typing import Any

from reconciler.cli.settings import Settings
from reconciler.core.saved_plan import SavedPlan
from reconciler.core.scope import Scope, unmatched
from reconciler.errors import UsageError
from reconciler.manifest.words import nearest
from reconciler.round import Round
from reconciler.text import visible


def scope_of(settings: Settings, flags: dict[str, Any]) -> Scope:
    """The scope that these options say, taken out of `flags`; commands to copy say it, too."""
    scope = Scope(**{name: flags.pop(name) for name in Scope.__dataclass_fields__})
    settings.chosen = _typed(scope)
    return scope


def scope_in(settings: Settings, plan: SavedPlan, given: Scope) -> Scope:
    """The scope of a saved plan.

    Raises:
        UsageError: another one is given: the file says which part of the plan was reviewed.
    """
    if given not in (Scope(), plan.scope):
        raise UsageError(
            "a saved plan has its own scope",
            why=f"it was made with{_typed(plan.scope) or ' everything in it'}",
            cure="reconciler apply FILE, or plan anew with the scope that is wanted",
        )
    settings.chosen = _typed(plan.scope)
    return plan.scope


def _typed(scope: Scope) -> str:
    words = [f"--target {visible(shlex.quote(pattern))}" for pattern in scope.targets]
    words += [f"--exclude {visible(shlex.quote(pattern))}" for pattern in scope.excluded]
    words += ["--no-delete"] * scope.keeps_all + ["--drift-only"] * scope.only_drift
    return "".join(f" {word}" for word in words)


def in_scope(found: Round, scope: Scope) -> Round:
    """The part of a round that is wanted.

    Raises:
        UsageError: a pattern matches nothing that is declared, recorded or in the plan.
    """
    known = {*found.scene.desired.resources, *found.state.records}
    known |= {change.address for change in found.plan.changes}
    for pattern in unmatched((*scope.targets, *scope.excluded), known):
        guess = nearest(pattern, map(str, known))
        raise UsageError(
            f"no resource {visible(pattern)}",
            why="nothing that is declared or recorded matches it",
            cure=f"did you mean {guess}?" if guess else "reconciler show lists them",
        )
    return found.scoped(scope)
