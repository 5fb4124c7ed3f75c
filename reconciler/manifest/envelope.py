"""Everything of a manifest but its resources: strict models of the keys at the top."""

import re
from typing import Annotated, Literal

from msgspec import Meta, field

from reconciler.hosts import is_loopback
from reconciler.kinds.spec.spec import INTERPOLATED, After, Many, Shown, Spec, Text, says, wrong
from reconciler.manifest.includes import MAX_PATTERNS
from reconciler.manifest.named import AddressText, Name
from reconciler.manifest.quality import Quality

VERSION = 1
"""The one version of the manifest's format that this program reads."""

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_BASE_URL = re.compile(
    rf"(https?)://(\[[0-9A-Fa-f:.]+\]|{_NAME})(?::([0-9]{{1,5}}))?(?:/[^\s@?#]*)?"
)
_MOST_PORTS = 65_535


def _checked_base_url(text: str) -> str:
    if flaw := _flaw_of_url(text):
        raise wrong("bad-url", "is not a base URL", why=flaw, cure="write https://HOST/v1")
    return text


def _flaw_of_url(text: str) -> str:
    url = _BASE_URL.fullmatch(text)
    if not url:
        return "a host and no user, password, query or fragment"
    scheme, host, port = url.groups()
    if scheme == "http" and not is_loopback(host.lower()):
        return "a key would go over the network in the clear"
    return "" if int(port or 0) <= _MOST_PORTS else f"there is no port {port}"


BaseUrl = Annotated[
    str,
    After(_checked_base_url),
    Shown({"type": "string", "pattern": f"^{_BASE_URL.pattern}$"}),
]


class Provider(Spec, frozen=True):
    """Where the resources live; the sandbox unless said otherwise, as it costs nothing."""

    kind: Annotated[
        Literal["sandbox", "openai", "azure", "compatible"],
        says("Which API it is; `sandbox` is a simulator on this machine."),
    ] = "sandbox"
    base_url: Annotated[
        BaseUrl | None,
        says(
            "Where the API is, if not at its usual place: https, or http on this machine.",
            "https://llm.example/v1",
        ),
        INTERPOLATED,
    ] = None
    organization: Annotated[
        Text | None,
        says("The organization that the requests are for; unset: the key's own.", "org-A1b2"),
        INTERPOLATED,
    ] = None
    project: Annotated[
        Text | None,
        says("The project at the API that the requests are for; unset: the key's own.", "proj_abc"),
        INTERPOLATED,
    ] = None
    max_concurrent: Annotated[
        Annotated[int, Meta(ge=1, le=10_000)] | None,
        says("So many jobs run there at once, everybody's counted; further ones wait.", 3),
    ] = None


class StateSpec(Spec, frozen=True):
    """Where the state is kept; RECONCILER_STATE overrides it."""

    backend: Annotated[
        Text | None,
        says(
            "A path below the manifest's folder, or a URL; unset: state/PROJECT.json.",
            "state/support-bots.json",
            "postgresql://db.example/reconciler",
        ),
        INTERPOLATED,
    ] = None


Usd = Annotated[float, Meta(ge=0)]


class BudgetSpec(Spec, frozen=True):
    """What may be spent, in USD: a plan that could cost more is refused before anything is sent.

    The most that a job may cost counts, and a cost that is not known is within no budget.
    """

    per_job: Annotated[Usd | None, says("On one job.", 20)] = None
    per_apply: Annotated[Usd | None, says("By one apply, over all rounds of --wait.", 50)] = None
    per_month: Annotated[
        Usd | None,
        says(
            (
                "In a month of the calendar (UTC): what the live jobs of this project and "
                "environment cost that were made in it counts, whoever made them."
            ),
            400,
        ),
    ] = None
    checks: Annotated[
        Annotated[int, Meta(ge=0)] | None,
        says("Chat completions that the checks of one apply may ask for; unset: 1,000.", 200),
    ] = None


class OutputsSpec(Spec, frozen=True):
    """A file that says which model each alias points at, for the applications."""

    file: Annotated[
        Text,
        says(
            (
                "Where it is written, below the manifest's folder, after each promotion. A "
                "file that reconciler did not write is never overwritten."
            ),
            "models.json",
        ),
        INTERPOLATED,
    ]
    format: Annotated[
        Literal["json", "dotenv", "github", "configmap"],
        says(
            "`json`: an object. `dotenv`: `SUPPORT_PROD=…`. `github`: lines for "
            "`$GITHUB_OUTPUT`. `configmap`: a ConfigMap of Kubernetes."
        ),
    ] = "json"
    name: Annotated[
        Annotated[str, Meta(pattern=r"^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$")] | None,
        says("Of the ConfigMap; unset: the project.", "support-models"),
    ] = None


class Moved(Spec, frozen=True, rename={"from_": "from"}):
    """A resource that got another name; both are addresses of one section."""

    from_: Annotated[AddressText, says("Its address until now.", "jobs.bot")]
    to: Annotated[AddressText, says("Its address from now on.", "jobs.support-bot")]


class Removed(Spec, frozen=True):
    """What becomes of a resource that is no longer declared."""

    address: Annotated[AddressText, says("Its last address.", "files.old")]
    keep: Annotated[
        bool, says("`true` only forgets it; `false` deletes or cancels it, as if it were ours.")
    ] = True


class Import(Spec, frozen=True):
    """A declared resource that is bound to an object of the API, for good."""

    to: Annotated[AddressText, says("The address of an entry of this manifest.", "files.legacy")]
    id: Annotated[Text, says("The id of the object at the API.", "file-A1b2")]


class Envelope(Spec, frozen=True, rename={"imports": "import"}, kw_only=True):
    """The top of the manifest; a list may be left out."""

    version: Annotated[
        int,
        Meta(ge=1),
        says("The version of this format."),
        Meta(extra_json_schema={"enum": [VERSION]}),
    ] = VERSION
    project: Annotated[
        Name,
        says(
            (
                "Whose the resources are, together with the environment: it stands in the "
                "marker of each. No two repositories share one."
            ),
            "bots",
        ),
    ]
    previous_projects: Annotated[
        Many[Name], says("Earlier names of the project: what they made is ours.", ["support"])
    ] = ()
    provider: Annotated[
        Provider,
        says("Where the resources live; never a key. Unset: the sandbox.", {"kind": "openai"}),
    ] = Provider()
    state: Annotated[
        StateSpec, says("Where it is kept what was made.", {"backend": "state/support-bots.json"})
    ] = StateSpec()
    budget: Annotated[
        BudgetSpec, says("What may be spent.", {"per_job": 20, "per_apply": 50, "per_month": 400})
    ] = BudgetSpec()
    prices: Annotated[
        dict[Text, Usd],
        says(
            (
                "USD for a million trained tokens, by base model: instead of the known prices, "
                "or where none is known."
            ),
            {"gpt-4.1-mini-2025-04-14": 5},
        ),
    ] = field(default_factory=dict)
    min_lifetime_days: Annotated[
        Annotated[int, Meta(ge=1, le=3_650)] | None,
        says(
            (
                "So long the base model of a job must go on, where the endpoint tells when it "
                "ends: a plan that would train on one that ends sooner is refused."
            ),
            90,
        ),
    ] = None
    outputs: Annotated[
        OutputsSpec | None,
        says(
            "The file that applications read to know the model of each alias.",
            {"file": "models.json"},
        ),
    ] = None
    include: Annotated[
        Many[Text],
        Meta(max_length=MAX_PATTERNS),
        says(
            (
                "More files of this manifest, as patterns below its folder. They hold resources, "
                "moved, removed and import; their paths start at this manifest's folder, too."
            ),
            ["teams/*.yaml"],
        ),
    ] = ()
    vars: Annotated[
        dict[Name, str],
        says(
            (
                "Texts by name. `${var:NAME}` stands for one in some strings, and "
                "`${env:RECONCILER_VAR_NAME:-default}` in a text for a variable of the environment."
            ),
            {"stage": "${env:RECONCILER_VAR_STAGE:-dev}"},
        ),
    ] = field(default_factory=dict)
    moved: Annotated[
        Many[Moved],
        says(
            "Resources that got another name: nothing is made anew.",
            [{"from": "jobs.bot", "to": "jobs.support-bot"}],
        ),
    ] = ()
    removed: Annotated[
        Many[Removed],
        says(
            "What becomes of resources that are no longer declared.",
            [{"address": "files.old", "keep": True}],
        ),
    ] = ()
    imports: Annotated[
        Many[Import],
        says(
            "Declared resources that are objects of the API already.",
            [{"to": "files.legacy", "id": "file-A1b2"}],
        ),
    ] = ()
    quality: Annotated[
        Quality,
        says(
            (
                "How findings about what the data teach are taken: as warnings, unless said "
                "otherwise."
            ),
            {"deny": ["secret-in-data"]},
        ),
    ] = Quality()
    default_env: Annotated[Name | None, says("The environment where --env names none.", "dev")] = (
        None
    )
