"""What `--target`, `--replace` and their kin choose, as the command line says it."""

import shlex
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from msgspec.structs import replace

from reconciler.cli.settings import Settings
from reconciler.core.address import Address
from reconciler.core.guards import Leave, matches
from reconciler.core.resource import Desired
from reconciler.core.saved_plan import SavedPlan
from reconciler.core.scope import Scope, outside, unmatched
from reconciler.core.wish import Wish, wished
from reconciler.errors import UsageError
from reconciler.manifest.words import nearest
from reconciler.round import Round
from reconciler.text import visible


class Chosen(NamedTuple):
    """The part of the plan that is wanted, and what is wanted besides what the manifest says."""

    scope: Scope = Scope()
    wish: Wish = Wish()

    @property
    def typed(self) -> str:
        """The options that say it."""
        named = {
            "--target": self.scope.targets,
            "--exclude": self.scope.excluded,
            "--replace": self.wish.replaced,
            "--retry": self.wish.retried,
            "--cancel-first": self.wish.cancelled_first,
            "--force-promote": self.wish.promoted,
            "--reason": (self.wish.reason,) if self.wish.reason else (),
        }
        words = [f"{o} {visible(shlex.quote(one))}" for o, said in named.items() for one in said]
        words += ["--no-delete"] * self.scope.keeps_all + ["--drift-only"] * self.scope.only_drift
        return "".join(f" {word}" for word in words)


def chosen_of(settings: Settings, flags: dict[str, Any]) -> Chosen:
    """What these options say, taken out of `flags`; commands to copy say it, too."""
    scope = Scope(**{name: flags.pop(name) for name in Scope.__struct_fields__})
    wish = Wish(**{name: flags.pop(name) for name in Wish.__struct_fields__})
    _need_reason(wish)
    chosen = Chosen(scope, wish)
    settings.chosen = chosen.typed
    return chosen


def _need_reason(wish: Wish) -> None:
    """What is paid for once more, or promoted in spite of its checks, is kept with the reason."""
    if bool(wish.promoted or wish.retried) == bool(wish.reason.strip()):
        return
    flag, name = ("--retry", "jobs") if wish.retried else ("--force-promote", "models")
    raise UsageError(
        f"{flag} and --reason go together",
        why="what a person decides is kept with who said so, and why",
        cure=f'{flag} {name}.NAME --reason "…"',
    )


def asked(desired: Desired, chosen: Chosen) -> Desired:
    """What is declared, with what is chosen and wished of it.

    Raises:
        UsageError: a wish is for nothing that is declared, or a target is excluded.
    """
    wish = chosen.wish
    _refuse_contradiction(desired, chosen.scope)
    patterns = (*wish.replaced, *wish.cancelled_first, *wish.retried)
    refuse_unmatched(patterns, desired.resources.keys(), "declared")
    aliases = {address for address in desired.resources if address.kind == "models"}
    refuse_unmatched(wish.promoted, aliases, "declared under models")
    return wished(replace(desired, left_out=outside(desired, chosen.scope)), wish)


def _refuse_contradiction(desired: Desired, scope: Scope) -> None:
    """An empty plan would look as if there were nothing to do."""
    for target in scope.targets:
        named = [address for address in desired.resources if matches(address, (target,))]
        if named and all(matches(address, scope.excluded) for address in named):
            raise UsageError(
                f"{target} is chosen and excluded",
                where=f"--target {target} --exclude {' '.join(scope.excluded)}",
                why="nothing of it would be left",
                cure="take one of the two out",
            )


def chosen_in(settings: Settings, plan: SavedPlan, given: Chosen) -> Chosen:
    """What a saved plan was made with.

    Raises:
        UsageError: something else is given: the file says what was reviewed.
    """
    own = Chosen(plan.scope, plan.wish)
    if given not in (Chosen(), own):
        raise UsageError(
            "a saved plan has its own scope",
            why=f"it was made with{own.typed or ' everything in it'}",
            cure="reconciler apply FILE, or plan anew with the scope that is wanted",
        )
    settings.chosen = own.typed
    return own


def leave_words(leave: Leave) -> str:
    """The guard flags that were typed, for a command to copy."""
    options = {
        "--allow-delete": leave.retire,
        "--allow-protected": leave.protected,
        "--allow-missing": leave.missing,
    }
    words = [
        f"{name} {visible(shlex.quote(pattern))}"
        for name, patterns in options.items()
        for pattern in patterns
    ]
    words += [f"--models {visible(shlex.quote(name))}" for name in leave.models]
    words += ["--models"] * leave.every_model
    words += [f"--allow-cost {leave.cost}"] * (leave.cost is not None)
    words += ["--allow-empty"] * leave.empty + ["--allow-local-state"] * leave.local_state
    return "".join(f" {word}" for word in words)


def in_scope(found: Round, scope: Scope) -> Round:
    """The part of a round that is wanted.

    Raises:
        UsageError: a pattern matches nothing that is declared, recorded or in the plan.
    """
    if scope.is_whole:
        return found
    known = {*found.scene.desired.resources, *found.state.records}
    known |= {change.address for change in found.plan.changes}
    refuse_unmatched((*scope.targets, *scope.excluded), known, "declared or recorded")
    return found.scoped(scope)


def refuse_unmatched(patterns: Iterable[str], known: Collection[Address], what: str) -> None:
    """Raise `UsageError` for a pattern that matches none of the addresses; `what` they are."""
    for pattern in unmatched(patterns, known):
        names = {name for address in known for name in (str(address), address.entry)}
        guess = nearest(pattern, sorted(names))
        raise UsageError(
            f"no resource {visible(pattern)}",
            why=f"nothing that is {what} matches it",
            cure=f"did you mean {guess}?" if guess else "reconciler show lists them",
        )
