"""What the runs of a manifest are paid by: prices, budget, and how their tokens are counted."""

from decimal import Decimal

from reconciler.cli.verbs.counting import base_model
from reconciler.core.cost import Budget, Limit, Price, Terms, base_of
from reconciler.datasets.encodings import encoding_of
from reconciler.datasets.prices import price_list
from reconciler.kinds.job_spec import JobSpec
from reconciler.manifest import Manifest

SIMULATED = "openai"
"""Whose prices the simulator pretends to have."""


def terms_of(manifest: Manifest, provider: str) -> Terms:
    """The manifest's own prices over those that are known of its provider; its budget."""
    listed = price_list(SIMULATED if provider == "sandbox" else provider)
    own = {model: Price(Decimal(str(usd))) for model, usd in manifest.prices.items()}
    jobs = manifest.entries["jobs"].values()
    models = {base_of(base_model(job, manifest)) for job in jobs if isinstance(job, JobSpec)}
    return Terms(
        {model: Price(*price) for model, price in listed.items()} | own,
        Budget(*(_limit(manifest, period) for period in Budget._fields)),
        {model: encoding for model in models if (encoding := encoding_of(model))},
    )


def _limit(manifest: Manifest, period: str) -> Limit | None:
    usd = getattr(manifest.budget, period)
    if usd is None:
        return None
    return Limit(Decimal(str(usd)), f"budget.{period}, {manifest.mark('budget', period)}")
