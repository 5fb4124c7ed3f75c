"""Between a model and its promotion stand its checks.

No checks, or a pin                    PROMOTE
A person forces it                     PROMOTE, and the history says so
They passed before, for this model     PROMOTE
They failed before                     a standing failure: the alias stays where it is
Not known, or nobody could judge       CHECK, and PROMOTE if they pass
"""

from collections.abc import Iterator

from reconciler.core.alias import Alias, Promotion
from reconciler.core.checks import (
    FAIL,
    FORCED,
    IF_PASSED,
    PASS,
    Checks,
    Trial,
    held_back,
    known,
    told,
)
from reconciler.core.plan import Action, Change, Detail, Finding, Severity
from reconciler.core.resource import Resource
from reconciler.core.target import Target
from reconciler.core.view import Item, View


def gated(view: View, resource: Resource, found: Target) -> Iterator[Item]:
    """The promotion of an alias, and what has to be known before."""
    alias, checks = found.alias, checks_of(resource)
    current = view.aliases.get(resource.address, Alias()).model
    promotion = Promotion(alias.model, current)
    if resource.address in view.desired.forced:
        key = checks.key(current) if checks else ""
        forced = promotion._replace(checks=key, outcome=FORCED, why=view.desired.why)
        yield _promoted(resource, found, forced, f"forced: {view.desired.why}")
    elif checks is None:
        yield _promoted(resource, found, promotion, found.reason)
    else:
        trial = Trial(checks, alias.model, current if checks.compares else "")
        yield from _tried(view, resource, found, trial)


def checks_of(resource: Resource) -> Checks | None:
    """What its model has to answer."""
    checks = resource.body.get("checks")
    return checks if isinstance(checks, Checks) else None


def _tried(view: View, resource: Resource, found: Target, trial: Trial) -> Iterator[Item]:
    current = view.aliases.get(resource.address, Alias()).model
    key = trial.checks.key(trial.current)
    passed = Promotion(found.alias.model, current, checks=key, outcome=PASS)
    result = known(view.checked, trial)
    if result and result.outcome == FAIL:
        yield Finding(
            Severity.FAILED, resource.address, *held_back(resource.address, result, current)
        )
    elif result:
        yield _promoted(resource, found, passed, f"{told(result)}; {found.reason}")
    else:
        yield _check(resource, trial)
        yield _promoted(resource, found, passed, f"{IF_PASSED}{found.reason}")


def _check(resource: Resource, trial: Trial) -> Change:
    number, requests = trial.checks.number, trial.requests
    why = f"{number} check{'s' * (number != 1)}, {requests} request{'s' * (requests != 1)} at most"
    return Change(
        Action.CHECK,
        resource.address,
        f"{why}: {trial.model}",
        id=trial.model,
        follows=resource.address,
        leads=True,
        trial=trial,
    )


def _promoted(resource: Resource, found: Target, promotion: Promotion, reason: str) -> Change:
    return Change(
        Action.PROMOTE,
        resource.address,
        reason,
        id=found.alias.model,
        details=(Detail("model", promotion.before, found.alias.model), *found.details),
        resource=resource,
        alias=found.alias._replace(history=(promotion,)),
    )
