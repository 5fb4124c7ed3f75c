"""Lineage as people read it: a small tree from a model down to the bytes that it was trained on."""

from collections.abc import Iterable, Iterator
from itertools import chain

from reconciler.core.checks import FORCED, told
from reconciler.core.lineage import STATE_LOST, Answer, Data, Lineage, Made, Training, Use
from reconciler.core.losses import METRICS, Losses
from reconciler.core.words import short, size, value, when
from reconciler.render.money import UNKNOWN, spoken
from reconciler.render.tree import Branch, tree_lines

HEADER = ("MODEL", "USED BY", "JOB", "DATA", "COMMIT")

NO_LONGER = "not listed any more"


def answer_lines(answer: Answer, *, owner: str, simulated: bool) -> Iterator[str]:
    """One tree for a file and what was trained on it, or one for each model."""
    if answer.file:
        readers = map(_reader, answer.lineages)
        yield from tree_lines(_file(answer.file, tuple(readers)))
        return
    for number, lineage in enumerate(answer.lineages):
        yield from [""] * (number > 0)
        yield from tree_lines(_lineage(lineage, owner, simulated=simulated))


def lineage_row(lineage: Lineage) -> tuple[str, ...]:
    """The cells below `HEADER`; empty where nothing is known."""
    used = ", ".join(use.alias.name for use in lineage.uses if use.is_current)
    job = lineage.training
    digests = ", ".join(short(data.sha256) for data in job.data if data.sha256) if job else ""
    address = str(job.address or job.id) if job else ""
    return lineage.model, used, address, digests, short_commit(job.made.commit) if job else ""


def short_commit(commit: str) -> str:
    """`3ab1f20`, `3ab1f20-dirty`."""
    digits, dash, mark = commit.partition("-")
    return digits[:7] + dash + mark


def uses_words(use: Use) -> str:
    """`models.prod since 2026-11-20 14:15Z, 2 of 2 checks passed, by anna, commit 3ab1f20`."""
    step = use.promotion
    if step is None:
        by = f"{use.told_by} says so; " * bool(use.told_by)
        return f"{use.alias}: {by}since when, by whom: not recorded ({STATE_LOST})"
    forced = [f"forced: {step.why}"] * (step.outcome == FORCED)
    commit = short_commit(step.commit) or "not recorded"
    said = [*forced, *_checks(use), f"by {step.who or 'nobody known'}", f"commit {commit}"]
    how = "since" if use.is_current else "earlier, from"
    at = f"{how} {when(step.at) or 'a time not known'}"
    return f"{use.alias} {', '.join([at, *['pinned'] * use.is_pinned, *said])}"


def _checks(use: Use) -> Iterator[str]:
    if use.checked:
        yield told(use.checked)
    elif use.promotion and use.promotion.outcome not in ("", FORCED):
        yield f"its checks: {use.promotion.outcome}"


def settings_words(training: Training) -> str:
    """`supervised, n_epochs 4, seed 7`: what decided the training, beside base and data."""
    said = {name.rpartition(".")[2]: each for name, each in training.settings.items()}
    kind = [str(said.pop("type"))] if "type" in said else []
    return ", ".join([*kind, *(f"{name} {value(each)}" for name, each in said.items())])


def losses_words(losses: Losses) -> str:
    """`train_loss 0.412 at the end; lowest full_valid_loss 0.501 at step 36`."""
    ends = [(m, losses.final(m)) for m in METRICS]
    parts = [f"{metric} {loss:.3f}" for metric, loss in ends if loss is not None]
    best = next((p for m in reversed(METRICS) if (p := losses.best(m))), None)
    metric = next((m for m in reversed(METRICS) if losses.best(m)), "")
    lowest = f"; lowest {metric} {best.losses[metric]:.3f} at step {best.step}" if best else ""
    return f"{', '.join(parts)} at the end{lowest}" if parts else ""


def cost_words(training: Training, *, simulated: bool) -> str:
    """What it was billed; of one that goes on nothing yet."""
    if training.cost:
        return spoken(training.cost, simulated=simulated)
    return UNKNOWN if training.phase.is_terminal else "not billed yet"


def made_words(made: Made) -> str:
    """`3ab1f20, by anna, https://ci.example/runs/88`; empty where nothing is known."""
    by = f"by {made.who}" if made.who else ""
    return ", ".join(filter(None, (short_commit(made.commit), by, made.run)))


def _made(made: Made) -> tuple[str, str]:
    """The same with its label; where no commit is known it is told who made it."""
    words = made_words(made)
    return ("commit", words) if made.commit else ("by", words.removeprefix("by "))


def lost_words(unknown: Iterable[str], lost: str) -> str:
    """`commit, who: not recorded (the state was lost)`; empty where all is known."""
    names = ", ".join(unknown)
    return f"{names}: not recorded ({lost})" if names else ""


def _lineage(lineage: Lineage, owner: str, *, simulated: bool) -> Branch:
    job = lineage.training
    run = _training(job, simulated=simulated) if job else _nobody(owner)
    if not lineage.model:
        return run
    if lineage.step is not None and job:
        text = f"saved at step {lineage.step} on the way to {job.model}"
        run = Branch("checkpoint", text, (run,))
    uses = (Branch("alias", uses_words(use)) for use in lineage.uses)
    text = lineage.model if lineage.is_listed is not False else f"{lineage.model}, {NO_LONGER}"
    losses = _some(("losses", losses_words(lineage.losses)))
    return Branch("model", text, (*uses, *losses, run))


def _nobody(owner: str) -> Branch:
    return Branch("job", f"not known: no job of {owner} made this model")


def _training(job: Training, *, simulated: bool) -> Branch:
    ended = f"{job.status} {when(job.finished_at)}".strip()
    attempt = f"attempt {job.attempt}" if job.attempt else ""
    cost = cost_words(job, simulated=simulated)
    gone = "" if job.is_listed else NO_LONGER
    text = _words(str(job.address or ""), job.id, attempt, ended, cost, gone)
    base = job.base if job.parent is None else f"{job.base}, made by the job below"
    spec = _words(", ".join(filter(None, (base, settings_words(job)))), _fingerprint(job))
    counted = f"{job.tokens:,} in the data" if job.tokens is not None else ""
    trained = f"{job.trained:,} trained" if job.trained else ""
    below = _some(
        ("spec", spec),
        ("tokens", ", ".join(filter(None, (counted, trained)))),
        _made(job.made),
        ("reason", job.reason),
        ("", lost_words(job.unknown, job.lost)),
    )
    files = (_file(data) for data in job.data)
    parents = (_training(job.parent, simulated=simulated),) if job.parent else ()
    return Branch("job", text, tuple(chain(below, files, parents)))


def _fingerprint(job: Training) -> str:
    return f"fingerprint v1:{short(job.fingerprint)}" if job.fingerprint else ""


def _file(data: Data, readers: tuple[Branch, ...] = ()) -> Branch:
    """A file, the bytes that it was made of, and who made it."""
    state = "" if data.is_listed else _gone(data)
    text = _words(data.field, str(data.address or ""), data.file, when(data.made.at), state)
    digest = f"sha256 {short(data.sha256)}" if data.sha256 else ""
    rows = f"{data.rows:,} rows" if data.rows is not None else ""
    counts = ", ".join(filter(None, (rows, size(data.bytes) if data.bytes is not None else "")))
    below = _some(
        ("data", _words(digest, counts)),
        _made(data.made),
        ("", lost_words(data.unknown, data.lost)),
    )
    return Branch("file", text, (*below, *readers))


def _gone(data: Data) -> str:
    return f"expired {when(data.expired_at)}" if data.expired_at else NO_LONGER


def _reader(lineage: Lineage) -> Branch:
    """What was trained on a file, in one line."""
    job = lineage.training
    names = ", ".join(str(use.alias) for use in lineage.uses if use.is_current)
    made = f"→ {lineage.model}" if lineage.model else ""
    head = _words(str(job.address or ""), job.id, job.status) if job else ""
    return Branch("job", _words(head, made, names))


def _some(*lines: tuple[str, str]) -> tuple[Branch, ...]:
    return tuple(Branch(label, text) for label, text in lines if text)


def _words(*parts: str) -> str:
    return "  ".join(filter(None, parts))
