"""`model`: the id of a base model, or `jobs.NAME`: the model of another job of the manifest."""

import re
from functools import lru_cache

from reconciler.core.address import NAME
from reconciler.kinds.spec.spec import wrong

_MEMBER = re.compile(rf"{NAME.pattern}\[[^\[\]]+\]")
"""One job of a matrix: `sweep[n_epochs=2]`."""

_JOB, _ALIAS = "jobs.", "models."


def job_of(model: str) -> str | None:
    """The NAME of `jobs.NAME`; None where `model` is an id of the endpoint."""
    return model.removeprefix(_JOB) if model.startswith(_JOB) else None


@lru_cache(1_000)  # a few models, which thousands of jobs name
def checked(model: str) -> str:
    """The model itself; refuses what is neither an id nor the address of a job."""
    name = job_of(model)
    if name is not None and not (NAME.fullmatch(name) or _MEMBER.fullmatch(name)):
        raise wrong("bad-address", "is not the address of a job", cure="write jobs.NAME")
    if model.startswith(_ALIAS) and NAME.fullmatch(model.removeprefix(_ALIAS)):
        raise wrong(
            "alias-as-base",
            "is an entry of models",
            why="its model changes with each promotion, and each change would train again",
            cure="pin a job, as jobs.NAME, or a model id",
        )
    return model
