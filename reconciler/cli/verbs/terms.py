"""On which terms the runs of a manifest are made: prices, budget, how many, on which models."""

from decimal import Decimal

from msgspec.structs import replace

from reconciler.api import Endpoint
from reconciler.api.dialects import Dialect
from reconciler.core.cost import Budget, Limit, Price, Terms
from reconciler.core.resource import MOST_REQUESTS, Desired, Lifetime, RunLimit
from reconciler.datasets.encodings import ENCODINGS
from reconciler.datasets.prices import price_list
from reconciler.manifest import Manifest

SIMULATED = "openai"
"""Whose prices the simulator pretends to have."""


def terms_of(manifest: Manifest, provider: str) -> Terms:
    """The manifest's own prices over those that are known of its provider; its budget."""
    listed = price_list(SIMULATED if provider == "sandbox" else provider)
    own = {model: Price(Decimal(str(usd))) for model, usd in manifest.prices.items()}
    return Terms(
        {model: Price(*price) for model, price in listed.items()} | own,
        Budget(*(_limit(manifest, period) for period in Budget._fields)),
        ENCODINGS,
    )


def on_terms(desired: Desired, manifest: Manifest, endpoint: Endpoint) -> Desired:
    """What is declared, with the terms on which its runs are made at an endpoint."""
    terms, limit = terms_of(manifest, endpoint.kind), run_limit(manifest, endpoint.dialect)
    checks = manifest.budget.checks
    most = MOST_REQUESTS if checks is None else checks
    lifetime = lifetime_of(manifest)
    return replace(
        desired,
        terms=terms,
        limit=limit,
        lifetime=lifetime,
        most_requests=most,
        are_models_final=not endpoint.dialect.deletes_models,
        elsewhere=manifest.models_elsewhere,
    )


def lifetime_of(manifest: Manifest) -> Lifetime | None:
    """How long the manifest asks a base model to go on."""
    if (days := manifest.min_lifetime_days) is None:
        return None
    return Lifetime(days, f"min_lifetime_days, {manifest.mark('min_lifetime_days')}")


def run_limit(manifest: Manifest, dialect: Dialect) -> RunLimit | None:
    """How many jobs may run at once: the manifest's word, else what is known of the endpoint."""
    if (most := manifest.provider.max_concurrent) is not None:
        place = manifest.mark("provider", "max_concurrent")
        return RunLimit(most, f"provider.max_concurrent, {place}")
    if dialect.jobs_at_once is not None:
        return RunLimit(dialect.jobs_at_once, f"usual at {dialect.kind}: provider.max_concurrent")
    return None


def _limit(manifest: Manifest, period: str) -> Limit | None:
    usd = getattr(manifest.budget, period)
    if usd is None:
        return None
    return Limit(Decimal(str(usd)), f"budget.{period}, {manifest.mark('budget', period)}")
