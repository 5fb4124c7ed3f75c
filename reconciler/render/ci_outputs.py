"""What later steps of CI and a merge request's widget are told of a plan or an apply, as values."""

import json
from collections.abc import Mapping

from reconciler.core.plan import Action, Plan
from reconciler.text import inert_json, visible


def plan_outputs(plan: Plan, digest: str, code: int) -> Mapping[str, str]:
    """What later steps ask of a plan. An unknown cost is empty, never 0."""
    total = plan.cost
    is_known = not total.unknown
    counts = {f"to-{action.word}": str(plan.count(action)) for action in _COUNTED}
    return {
        "digest": digest,
        "has-changes": str(not plan.is_empty).lower(),
        "cost": f"{total.high:.2f}" if is_known else "",
        **counts,
        "exit-code": str(code),
    }


_COUNTED = (Action.CREATE, Action.REPLACE, Action.DELETE, Action.CANCEL, Action.ADOPT)


def apply_outputs(models: Mapping[str, str], code: int) -> Mapping[str, str]:
    """What later steps ask of an apply: address → model, as JSON."""
    return {"models": inert_json(json.dumps(dict(models))), "exit-code": str(code)}


def output_lines(outputs: Mapping[str, str]) -> str:
    """As `$GITHUB_OUTPUT` takes them; no value has a line break."""
    return "".join(f"{name}={visible(value)}\n" for name, value in outputs.items())


def widget_text(plan: Plan) -> str:
    """What GitLab shows of a plan beside a merge request (`artifacts:reports:terraform`)."""
    counts = {
        "create": plan.count(Action.CREATE),
        "update": plan.count(Action.REPLACE),
        "delete": plan.count(Action.DELETE) + plan.count(Action.CANCEL),
    }
    return json.dumps(counts) + "\n"
