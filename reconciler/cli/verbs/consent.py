"""How a yes is got, and how far it reaches: a person's, `--yes`, a digest's or a saved plan's."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from reconciler.cli.verbs.ask import ask
from reconciler.cli.verbs.scope import leave_words
from reconciler.cli.verbs.workspace import Workspace
from reconciler.core.address import Address
from reconciler.core.ceiling import Grants, agreed, stakes, together
from reconciler.core.grant import Review, Verb
from reconciler.core.guards import Leave
from reconciler.core.plan import Action, Change
from reconciler.core.renewal import Renewal
from reconciler.core.saved_plan import SavedPlan, check_fresh
from reconciler.core.scope import Scope
from reconciler.errors import Refusal
from reconciler.kinds import BY_NAME
from reconciler.render.money import in_all
from reconciler.round import Round
from reconciler.schedule import Lanes

QUESTIONS = {
    "apply": "Apply {1} to {2}?",
    "destroy": "Destroy these {0} of {2}?",
    "gc": "Remove these {0} of {2}?",
}
"""By verb, with the number of changes, the same in words with their cost, and the owner."""

MORE = {
    Verb.PAY: "pay for",
    Verb.RETIRE: "give up",
    Verb.SPARE: "remove a second",
    Verb.RESUME: "resume",
    Verb.PROMOTE: "promote",
    Verb.FORCE: "force-promote",
}

MOST_NAMED = 3
"""Stakes that a refusal names."""


@dataclass(frozen=True, slots=True)
class Will:
    """What the person who called wants of this apply.

    Attributes:
        lanes: how many effects go on side by side.
        scope: the part of the plan that is wanted.
        plan: the saved plan to apply, and `plan_name` its file.
        expect: the digest of the plan that was reviewed.
    """

    verb: str
    leave: Leave
    yes: bool
    lanes: Lanes
    wait: bool = False
    scope: Scope = field(default_factory=Scope)
    plan: SavedPlan | None = None
    plan_name: str = ""
    expect: str = ""


@dataclass(frozen=True, slots=True)
class Consent:
    """A yes: what it allows, and what the state should remember of it."""

    ceiling: Grants = ()
    review: Review | None = None
    asked: tuple[Renewal, ...] = ()


def confined(workspace: Workspace, found: Round, will: Will) -> Round:
    """The part of a round that the saved plan allows, if there is one.

    Raises:
        Refusal: the plan is stale: state, manifest or data are others now.
    """
    if will.plan is None:
        return found

    def called(address: Address) -> str:
        specs = dict(workspace.manifest.resources)
        paths = BY_NAME[address.kind].paths(specs[address]) if address in specs else ()
        return next(iter(paths), str(address))

    check_fresh(will.plan, found.state, workspace.desired, shown=will.plan_name, called=called)
    return found.within(will.plan.grants)


def consent(workspace: Workspace, found: Round, will: Will) -> Consent:
    """A yes to the plan of this round.

    Raises:
        Refusal: what was reviewed by its digest is less than this plan.
        UsageError: nobody is here to ask.
    """
    asked = found.renewals
    if will.plan:
        review = Review(will.plan.digest, stakes(will.plan.grants))
        return Consent(will.plan.grants, review, asked)
    if will.expect:
        known = agreed(will.expect, found.state, found.grants)
        if known is None:
            raise _not_reviewed(found, will.expect)
        return Consent(together(found.grants, known), Review(will.expect, known), asked)
    todo = [change for change in found.plan.changes if _comes(change, will)]
    if todo and not will.yes:
        _ask(workspace, found, will, todo)
    return Consent(found.grants, asked=asked)


def _comes(change: Change, will: Will) -> bool:
    """Whether it happens in this apply: what waits does when this apply waits, too."""
    return change.action is not Action.WAITING or (will.wait and change.awaits is not None)


def _ask(workspace: Workspace, found: Round, will: Will, todo: Sequence[Change]) -> None:
    """A person's yes."""
    total, verb = found.plan.cost, will.verb
    number = sum(1 for change in todo if change.follows is None)
    count = f"{number} change{'s' * (number != 1)}"
    if total.high:
        count += f" for {in_all(total, simulated=workspace.is_simulated)}"
    elif total.unknown:
        count += " of unknown price"
    question = QUESTIONS[verb].format(number, count, workspace.owner)
    settings, why = workspace.settings, f"the plan has {count}"
    expect = f"{settings.typed(verb)} --expect {found.digest}"
    more = f", or what was reviewed: {expect}" if verb == "apply" else ""
    owner = str(workspace.owner) if verb != "apply" and any(map(_ends_model, todo)) else ""
    if owner:
        question += f" Models do not come back. Type {owner}:"
    command = verb + leave_words(will.leave)
    ask(settings.out, question, verb=verb, command=command, why=why, more=more, typed=owner)


def _ends_model(change: Change) -> bool:
    """Whether it deletes a model: what no reviewed manifest gives up needs more than a letter."""
    return change.address.kind == "models" and change.action.destroys


def _not_reviewed(found: Round, expect: str) -> Refusal:
    now = [f"{MORE[grant.verb]} {grant.address}" for grant in stakes(found.grants)]
    more = f" and {len(now) - MOST_NAMED} more" * (len(now) > MOST_NAMED)
    return Refusal(
        "refused: the plan is not the one that was reviewed",
        where=f"--expect {expect}",
        why=f"it would now {', '.join(now[:MOST_NAMED])}{more}; its digest is {found.digest}",
        cure="reconciler plan, and review it again; nothing was sent",
    )
