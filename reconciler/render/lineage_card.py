"""A model card as hubs of models show them: Markdown, its head for programs; no row of data."""

import json
from collections.abc import Iterable, Iterator, Sequence

from reconciler.core.lineage import Data, Lineage, Training
from reconciler.core.losses import METRICS, Losses
from reconciler.core.words import size, value, when
from reconciler.render.foreign_markdown import code, inline, link
from reconciler.render.lineage_text import cost_words, lost_words, uses_words

NOT_RECORDED = "not recorded"


def card(lineage: Lineage, *, owner: str, simulated: bool) -> str:
    """The card of one model."""
    job = lineage.training
    parts = [*_front(lineage), "", f"# {inline(lineage.model)}", "", *_about(lineage, owner)]
    if job:
        parts += [*_facts(lineage, job, simulated=simulated), *_data(job), *_settings(job)]
    parts += [*_losses(lineage.losses), *_uses(lineage)]
    if job and (lost := _lost(job)):
        parts += ["", "## Not recorded", "", *(f"- {inline(line)}" for line in lost)]
    return "\n".join(parts)


def _front(lineage: Lineage) -> Iterator[str]:
    """What programs read of a card; JSON is YAML, and holds whatever a name has in it."""
    yield "---"
    if lineage.training and lineage.training.base:
        yield f"base_model: {json.dumps(lineage.training.base)}"
    yield "tags: [fine-tuned, reconciler]"
    yield "---"


def _about(lineage: Lineage, owner: str) -> Iterator[str]:
    job = lineage.training
    if job is None:
        yield f"No job of {code(owner)} made this model."
        return
    which = f"The checkpoint of step {lineage.step} of " if lineage.step is not None else ""
    whose = f"{code(str(job.address))} of " if job.address else ""
    base = code(job.base) if job.base else "a model that is not recorded"
    yield f"{which or 'Fine-tuned by '}{whose}{code(owner)} from {base}."


def _facts(lineage: Lineage, job: Training, *, simulated: bool) -> Iterator[str]:
    made, made_by = job.made, f", made by {code(job.parent.id)}" if job.parent else ""
    listed = {True: "yes", False: "no", None: "the endpoint does not tell"}[lineage.is_listed]
    told = [
        ("job", f"{code(job.id)}, attempt {inline(job.attempt)}, {inline(job.status)}"),
        ("base model", code(job.base) + made_by if job.base else NOT_RECORDED),
        ("commit", code(made.commit) if made.commit else NOT_RECORDED),
        ("started by", inline(made.who) if made.who else NOT_RECORDED),
        ("CI run", link("run", made.run)),
        ("started", inline(when(made.at))),
        ("ended", inline(when(job.finished_at))),
        ("trained tokens", f"{job.trained:,}" if job.trained else ""),
        ("cost", inline(cost_words(job, simulated=simulated))),
        ("reason", inline(job.reason) if job.reason else ""),
        ("fingerprint", code(job.fingerprint) if job.fingerprint else ""),
        ("at the endpoint", listed),
    ]
    yield ""
    yield from _table(("", ""), [(name, words) for name, words in told if words])


def _data(job: Training) -> Iterator[str]:
    yield from ("", "## Data", "")
    head = ("read as", "file", "sha256", "rows", "tokens", "size")
    yield from _table(head, [_datum(data, job) for data in job.data])


def _datum(data: Data, job: Training) -> tuple[str, ...]:
    is_trained = data.field == "training_file" and job.tokens is not None
    file = " ".join(code(text) for text in (str(data.address or ""), data.file) if text)
    return (
        inline(data.field),
        file,
        code(data.sha256) if data.sha256 else NOT_RECORDED,
        f"{data.rows:,}" if data.rows is not None else NOT_RECORDED,
        f"{job.tokens:,}" if is_trained else "",
        inline(size(data.bytes)) if data.bytes is not None else "",
    )


def _settings(job: Training) -> Iterator[str]:
    if job.settings:
        yield from ("", "## Training", "")
        rows = [(code(name), code(value(each))) for name, each in job.settings.items()]
        yield from _table(("setting", "value"), rows)


def _losses(losses: Losses) -> Iterator[str]:
    rows = [
        (metric, f"{final:.4f}", f"{best.losses[metric]:.4f}", str(best.step))
        for metric in METRICS
        if (best := losses.best(metric)) and (final := losses.final(metric)) is not None
    ]
    if rows:
        yield from ("", "## Results", "")
        yield from _table(("metric", "at the end", "lowest", "at step"), rows)


def _uses(lineage: Lineage) -> Iterator[str]:
    if lineage.uses:
        yield from ("", "## In use", "")
        yield from (f"- {inline(uses_words(use))}" for use in lineage.uses)


def _lost(job: Training) -> list[str]:
    told = [lost_words(job.unknown, job.lost)]
    for data in job.data:
        words = lost_words(data.unknown, data.lost)
        told.append(f"{data.field} {words}" if words else "")
    return [words for words in told if words]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'-|' * len(head)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)
