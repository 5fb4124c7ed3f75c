"""Whether the model that a job made is there: by the list, and by its name while it is new."""

from collections.abc import Container, Mapping
from typing import Any

from reconciler.errors import NotFound
from reconciler.kinds.kind import SHUTDOWN, Api
from reconciler.kinds.told import moment, text

LATE = 300
"""Seconds within which a list may lack what is new, as of a fresh job."""
ROOM = 3600
"""The same where only this machine's own clock tells what is new."""


def listed_models(api: Api) -> Mapping[str, str] | None:
    """Every model of the endpoint and the day on which it ends; None where it has no such list."""
    try:
        return {str(model.get("id")): text(model, SHUTDOWN) for model in api.list_models()}
    except NotFound:
        return None


def is_served(api: Api, body: Mapping[str, Any], models: Container[str] | None) -> bool:
    """Whether the model of a job that succeeded is there, where these models are listed.

    One that was made just now is asked for by its name before it counts as deleted: the cure for
    that is to pay again.
    """
    model = text(body, "fine_tuned_model")
    if models is None or model in models:
        return True
    return bool(model) and _is_new(api, body) and _answers(api, model)


def _is_new(api: Api, body: Mapping[str, Any]) -> bool:
    """Whether it ended just now; where the API tells no time, by this machine's clock.

    That may be wrong, so it has more room; all that a list lacks is never asked for, as a plan
    promises how many requests it makes.
    """
    now, ended = api.now(), moment(body, "finished_at") or moment(body, "created_at") or 0
    return api.wall() - ended < ROOM if now is None else now - ended < LATE


def _answers(api: Api, model: str) -> bool:
    try:
        api.retrieve_model(model)
    except NotFound:
        return False
    return True
