"""What differs between servers, as data: one row a provider kind."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from reconciler.api.text import clean
from reconciler.errors import UsageError

# The largest page that the API documents for files, and the one that is known to work for jobs.
FILES_PAGE = 10_000
JOBS_PAGE = 100


class Dialect(NamedTuple):
    """How one kind of server differs from the API's specification.

    Attributes:
        kind: the manifest's `provider.kind`.
        base_url: where the API is when nothing else is said, or None.
        own_hosts: host patterns (`*.` for one or more labels) that a manifest may name freely.
        key_variables: environment variables that hold the key, the first that is set wins.
        auth: the header that carries the key.
        files_page: files asked for in one page.
        jobs_page: jobs, events or checkpoints asked for in one page.
        ends_without_has_more: a list that does not say `has_more` is whole after one page.
        lists_at_once: a create is in the lists as soon as it is answered: no settle wait.
        pauses: jobs can be paused and resumed.
        deletes_models: `DELETE /models/{id}` exists.
        uploads_parts: `/uploads` exists, for files beyond the limit of one request.
        suffix: what a job's suffix has to match; empty: any text that the API takes.
        jobs_at_once: jobs that have not ended, more of which are refused; None: not known.
    """

    kind: str
    base_url: str | None = None
    own_hosts: tuple[str, ...] = ()
    key_variables: tuple[str, ...] = ("OPENAI_API_KEY",)
    auth: Literal["bearer", "api-key"] = "bearer"
    files_page: int = FILES_PAGE
    jobs_page: int = JOBS_PAGE
    ends_without_has_more: bool = False
    lists_at_once: bool = False
    pauses: bool = True
    deletes_models: bool = True
    uploads_parts: bool = True
    suffix: str = ""
    jobs_at_once: int | None = None


SANDBOX = Dialect(kind="sandbox", lists_at_once=True)
OPENAI = Dialect(kind="openai", base_url="https://api.openai.com/v1", own_hosts=("api.openai.com",))
# Azure: the v1 API; its files list takes no cursor in the published spec, and a fine-tuned
# model is deleted by its control plane, not here.
AZURE = Dialect(
    kind="azure",
    own_hosts=("*.openai.azure.com",),
    key_variables=("AZURE_OPENAI_API_KEY",),
    auth="api-key",
    ends_without_has_more=True,
    deletes_models=False,
    suffix="[A-Za-z0-9_-]{1,40}",
    jobs_at_once=21,  # one that trains and 20 in its queue: its older documentation
)
COMPATIBLE = Dialect(kind="compatible")

DIALECTS: Mapping[str, Dialect] = MappingProxyType(
    {dialect.kind: dialect for dialect in (SANDBOX, OPENAI, AZURE, COMPATIBLE)}
)


def dialect_of(kind: str) -> Dialect:
    """The dialect of a provider kind; raises `UsageError` when there is none."""
    if kind not in DIALECTS:
        raise UsageError(
            f"no provider kind {clean(kind, limit=60)}", cure=f"use one of {', '.join(DIALECTS)}"
        )
    return DIALECTS[kind]
