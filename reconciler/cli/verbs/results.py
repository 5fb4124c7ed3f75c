"""The results of finished jobs side by side: what each of them learnt, and what it was billed."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from reconciler.cli.verbs.table import show_table
from reconciler.cli.verbs.workspace import Workspace
from reconciler.core.address import Address
from reconciler.core.cost import Cost
from reconciler.core.losses import METRICS, TRAIN, Losses, comparable
from reconciler.core.pricing import declared
from reconciler.core.resource import MODEL, Observed, Phase
from reconciler.errors import ApiError, Unsettled
from reconciler.render.cost_json import cost_document
from reconciler.render.money import spoken
from reconciler.results import read_losses
from reconciler.round import Round

MOST, AT_ONCE = 100, 8
"""So many jobs are compared, two requests each, and so many requests go out side by side."""

NONE = Losses()


class Result(NamedTuple):
    """What came of one job; `billed` is None where that is not known."""

    address: Address
    seen: Observed
    losses: Losses
    billed: Cost | None = None


class Comparison(NamedTuple):
    """Results by their best loss, the lowest first, and the metric that all of them tell.

    Attributes:
        more: so many jobs have ended besides and were not read.
    """

    metric: str
    results: Sequence[Result]
    more: int = 0

    @property
    def best(self) -> Result | None:
        """The result with the lowest loss; None where none tells any."""
        first = next(iter(self.results), None)
        return first if first and first.losses.best(self.metric) else None


def compared_results(
    workspace: Workspace, found: Round, jobs: Mapping[Address, Observed | None]
) -> Comparison:
    """Those of the jobs that made a model; what of them cannot be read is not known."""
    ended = [(a, seen) for a, seen in jobs.items() if seen and seen.phase is Phase.READY]
    bills = {priced.resource.address: priced.billed for priced in declared(found.view)}

    def read(pair: tuple[Address, Observed]) -> Result:
        address, seen = pair
        return Result(address, seen, losses_of(workspace, seen), bills.get(address))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        results = list(pool.map(read, ended[:MOST]))
    metric = comparable([one.losses for one in results if one.losses != NONE])
    results.sort(key=lambda one: (_rank(one, metric), one.address))
    return Comparison(metric, results, len(ended[MOST:]))


def losses_of(workspace: Workspace, seen: Observed) -> Losses:
    """What a run learnt; nothing where that cannot be read."""
    try:
        return read_losses(workspace.api, seen.body)
    except (ApiError, Unsettled):
        return NONE


def _rank(result: Result, metric: str) -> float:
    best = result.losses.best(metric)
    return best.losses[metric] if best else float("inf")


def show_comparison(workspace: Workspace, comparison: Comparison) -> None:
    """A table, the best first, and a line that names it; nothing where nothing has ended."""
    out, simulated = workspace.settings.out, workspace.is_simulated
    if not comparison.results:
        return
    metric = comparison.metric
    last = () if metric == TRAIN else ("VALID LOSS",)
    header = ("RESULT", "TRAIN LOSS", *last, "LOWEST", "AT STEP", "COST")
    show_table(out, header, [_row(one, metric, simulated=simulated) for one in comparison.results])
    if best := comparison.best:
        out.keep(f"lowest {metric}: {best.address}")
    if comparison.more:
        out.say(f"note: {comparison.more} more have ended and were not read: name fewer")


def _row(result: Result, metric: str, *, simulated: bool) -> tuple[str, ...]:
    losses, best = result.losses, result.losses.best(metric)
    finals = [losses.final(TRAIN)] + [losses.final(metric)] * (metric != TRAIN)
    cost = spoken(result.billed, simulated=simulated) if result.billed else ""
    lowest = (f"{best.losses[metric]:.3f}", str(best.step)) if best else ("", "")
    return (str(result.address), *map(_figure, finals), *lowest, cost)


def _figure(loss: float | None) -> str:
    return "" if loss is None else f"{loss:.3f}"


def comparison_documents(comparison: Comparison) -> Iterator[dict[str, Any]]:
    """The results as JSON, in the same order."""
    for address, seen, losses, billed in comparison.results:
        best = {metric: losses.best(metric) for metric in METRICS}
        saved = losses.best_checkpoint(comparison.metric)
        yield {
            "address": str(address),
            "fine_tuned_model": seen.facts.get(MODEL),
            "final": {metric: losses.final(metric) for metric in METRICS},
            "best": {
                m: {"loss": p.losses[m], "step": p.step} if p else None for m, p in best.items()
            },
            "best_checkpoint": saved.model if saved else None,
            "billed": cost_document(billed) if billed else None,
        }
