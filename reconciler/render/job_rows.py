"""A job as it is now: a row of a table, or a few words in a line."""

from collections.abc import Sequence

from reconciler.core.address import Address
from reconciler.core.resource import MODEL, Observed, Phase
from reconciler.render.training import (
    Training,
    left_words,
    loss_words,
    step_words,
    training_words,
)
from reconciler.text import visible

HEADER = ("ADDRESS", "STATUS", "STEP", "LOSS", "LEFT", "JOB, OR ITS MODEL")


def job_row(
    address: Address, seen: Observed | str, training: Training, left: int | None
) -> tuple[str, ...]:
    """The cells below `HEADER`, empty where nothing is known; of no job, how it stands with it."""
    if isinstance(seen, str):
        return (str(address), seen, "", "", "", "")
    name = str(seen.facts.get(MODEL, seen.id))
    if seen.phase.is_terminal:
        return (str(address), seen.status, "", "", "", name)
    words = step_words(training), loss_words(training), left_words(left)
    return (str(address), seen.status, *words, name)


def told_columns(rows: Sequence[Sequence[str]]) -> list[int]:
    """Of the columns of `HEADER` those that say something of any job."""
    return [at for at in range(len(HEADER)) if any(row[at] for row in rows)]


def job_words(seen: Observed, training: Training, left: int | None) -> str:
    """`running, step 131 of 388, loss 1.21, about 6m left`; of one that ended what it made."""
    parts = [seen.status or "no status", str(seen.facts.get(MODEL, ""))]
    if seen.phase is Phase.READY and (tokens := seen.facts.get("trained_tokens")):
        parts.append(f"{tokens:,} trained tokens")
    if not seen.phase.is_terminal:
        parts.append(training_words(training, left))
    return visible(", ".join(filter(None, parts)))
