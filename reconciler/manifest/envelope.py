"""Everything of a manifest but its resources: strict models of the keys at the top."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from reconciler.manifest.includes import MAX_PATTERNS
from reconciler.manifest.named import AddressText, Name
from reconciler.manifest.quality import Quality

VERSION = 1
"""The one version of the manifest's format that this program reads."""

_INTERPOLATED: dict[str, Any] = {"interpolated": True}  # see `openings`

_BASE_URL = re.compile(r"https?://[^\s/@?#]+(?:/[^\s@?#]*)?")


def _checked_base_url(text: str) -> str:
    if _BASE_URL.fullmatch(text):
        return text
    parts = {"why": "no user, password, query or fragment", "cure": "write https://HOST/v1"}
    raise PydanticCustomError("bad-url", "is not a base URL", parts)


BaseUrl = Annotated[
    str,
    AfterValidator(_checked_base_url),
    WithJsonSchema({"type": "string", "pattern": f"^{_BASE_URL.pattern}$"}),
]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True)


class Provider(_Strict):
    """Where the resources live; the sandbox unless said otherwise, as it costs nothing."""

    kind: Literal["sandbox", "openai", "azure", "compatible"] = Field(
        "sandbox", description="Which API it is; `sandbox` is a simulator on this machine."
    )
    base_url: BaseUrl | None = Field(
        None,
        description="Where the API is, if not at its usual place: https, or http on this machine.",
        examples=["https://llm.example/v1"],
        json_schema_extra=_INTERPOLATED,
    )
    organization: str | None = Field(
        None,
        min_length=1,
        description="The organization that the requests are for; unset: the key's own.",
        examples=["org-A1b2"],
        json_schema_extra=_INTERPOLATED,
    )
    project: str | None = Field(
        None,
        min_length=1,
        description="The project at the API that the requests are for; unset: the key's own.",
        examples=["proj_abc"],
        json_schema_extra=_INTERPOLATED,
    )
    max_concurrent: Annotated[int, Field(ge=1, le=10_000)] | None = Field(
        None,
        description="So many jobs run there at once, everybody's counted; further ones wait.",
        examples=[3],
    )


class StateSpec(_Strict):
    """Where the state is kept; RECONCILER_STATE overrides it."""

    backend: str | None = Field(
        None,
        min_length=1,
        description="A path below the manifest's folder, or a URL; unset: state/PROJECT.json.",
        examples=["state/support-bots.json", "postgresql://db.example/reconciler"],
        json_schema_extra=_INTERPOLATED,
    )


Usd = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class BudgetSpec(_Strict):
    """What may be spent, in USD: a plan that could cost more is refused before anything is sent.

    The most that a job may cost counts, and a cost that is not known is within no budget.
    """

    per_job: Usd | None = Field(None, description="On one job.", examples=[20])
    per_apply: Usd | None = Field(
        None, description="By one apply, over all rounds of --wait.", examples=[50]
    )
    per_month: Usd | None = Field(
        None,
        description="In a month of the calendar (UTC): what the live jobs of this project and "
        "environment cost that were made in it counts, whoever made them.",
        examples=[400],
    )
    checks: Annotated[int, Field(ge=0)] | None = Field(
        None,
        description="Chat completions that the checks of one apply may ask for; unset: 1,000.",
        examples=[200],
    )


class OutputsSpec(_Strict):
    """A file that says which model each alias points at, for the applications."""

    file: str = Field(
        min_length=1,
        description="Where it is written, below the manifest's folder, after each promotion. A "
        "file that reconciler did not write is never overwritten.",
        examples=["models.json"],
        json_schema_extra=_INTERPOLATED,
    )
    format: Literal["json", "dotenv", "github", "configmap"] = Field(
        "json",
        description="`json`: an object. `dotenv`: `SUPPORT_PROD=…`. `github`: lines for "
        "`$GITHUB_OUTPUT`. `configmap`: a ConfigMap of Kubernetes.",
    )
    name: Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$")] | None = Field(
        None, description="Of the ConfigMap; unset: the project.", examples=["support-models"]
    )


class Moved(_Strict):
    """A resource that got another name; both are addresses of one section."""

    from_: AddressText = Field(
        alias="from", description="Its address until now.", examples=["jobs.bot"]
    )
    to: AddressText = Field(description="Its address from now on.", examples=["jobs.support-bot"])


class Removed(_Strict):
    """What becomes of a resource that is no longer declared."""

    address: AddressText = Field(description="Its last address.", examples=["files.old"])
    keep: bool = Field(
        True,
        description="`true` only forgets it; `false` deletes or cancels it, as if it were ours.",
    )


class Import(_Strict):
    """A declared resource that is bound to an object of the API, for good."""

    to: AddressText = Field(
        description="The address of an entry of this manifest.", examples=["files.legacy"]
    )
    id: str = Field(
        min_length=1, description="The id of the object at the API.", examples=["file-A1b2"]
    )


class Envelope(_Strict):
    """The top of the manifest; a list may be left out."""

    version: Annotated[int, Field(ge=1)] = Field(
        VERSION, description="The version of this format.", json_schema_extra={"enum": [VERSION]}
    )
    project: Name = Field(
        description="Whose the resources are, together with the environment: it stands in the "
        "marker of each. No two repositories share one.",
        examples=["bots"],
    )
    previous_projects: tuple[Name, ...] = Field(
        (),
        strict=False,
        description="Earlier names of the project: what they made is ours.",
        examples=[["support"]],
    )
    provider: Provider = Field(
        Provider(),
        description="Where the resources live; never a key. Unset: the sandbox.",
        examples=[{"kind": "openai"}],
    )
    state: StateSpec = Field(
        StateSpec(),
        description="Where it is kept what was made.",
        examples=[{"backend": "state/support-bots.json"}],
    )
    budget: BudgetSpec = Field(
        BudgetSpec(),
        description="What may be spent.",
        examples=[{"per_job": 20, "per_apply": 50, "per_month": 400}],
    )
    prices: dict[Annotated[str, Field(min_length=1)], Usd] = Field(
        {},
        description="USD for a million trained tokens, by base model: instead of the known prices, "
        "or where none is known.",
        examples=[{"gpt-4.1-mini-2025-04-14": 5}],
    )
    min_lifetime_days: Annotated[int, Field(ge=1, le=3_650)] | None = Field(
        None,
        description="So long the base model of a job must go on, where the endpoint tells when it "
        "ends: a plan that would train on one that ends sooner is refused.",
        examples=[90],
    )
    outputs: OutputsSpec | None = Field(
        None,
        description="The file that applications read to know the model of each alias.",
        examples=[{"file": "models.json"}],
    )
    include: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        (),
        strict=False,
        max_length=MAX_PATTERNS,
        description="More files of this manifest, as patterns below its folder. They hold "
        "resources, moved, removed and import; their paths start at this manifest's folder, too.",
        examples=[["teams/*.yaml"]],
    )
    vars: dict[Name, str] = Field(
        {},
        description="Texts by name. `${var:NAME}` stands for one in some strings, and "
        "`${env:RECONCILER_VAR_NAME:-default}` in a text for a variable of the environment.",
        examples=[{"stage": "${env:RECONCILER_VAR_STAGE:-dev}"}],
    )
    moved: tuple[Moved, ...] = Field(
        (),
        strict=False,
        description="Resources that got another name: nothing is made anew.",
        examples=[[{"from": "jobs.bot", "to": "jobs.support-bot"}]],
    )
    removed: tuple[Removed, ...] = Field(
        (),
        strict=False,
        description="What becomes of resources that are no longer declared.",
        examples=[[{"address": "files.old", "keep": True}]],
    )
    imports: tuple[Import, ...] = Field(
        (),
        strict=False,
        alias="import",
        description="Declared resources that are objects of the API already.",
        examples=[[{"to": "files.legacy", "id": "file-A1b2"}]],
    )
    quality: Quality = Field(
        Quality(),
        description="How findings about what the data teach are taken: as warnings, unless said "
        "otherwise.",
        examples=[{"deny": ["secret-in-data"]}],
    )
    default_env: Name | None = Field(
        None,
        description="The environment where --env names none.",
        examples=["dev"],
    )
