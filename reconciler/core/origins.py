"""Where models are from: the answer to a question, worked out of everything that is known."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from reconciler.core.billing import bill, is_unbilled, trained
from reconciler.core.cost import FREE, TOKENS, Cost, counted, encoding_of, price_of
from reconciler.core.fields import READ, flatten
from reconciler.core.fingerprint import VERSION
from reconciler.core.known import Everything, Known
from reconciler.core.lineage import Answer, Data, Lineage, Training
from reconciler.core.made import step_of
from reconciler.core.resource import DIGITS, REASON, ROWS

_DIGEST = re.compile(r"[0-9a-f]{8,64}")
"""What may be the beginning of a digest."""

MOST_PARENTS: Final = 8
"""Runs before a run that are told: each began with the model of the one before."""


def answer(known: Everything, target: str) -> Answer:
    """What is known of a target; neither lineages nor a file: nothing is.

    Args:
        target: an address, the name of an alias, the id of a run, a file or a model, or the
            beginning of a digest; empty: every model.
    """
    if not target:
        named = dict.fromkeys((*known.uses, *known.makers))
        return Answer(target, tuple(of_model(known, model) for model in named))
    for address, alias in known.aliases.items():
        if target in (str(address), address.name):
            return Answer(target, (of_model(known, alias.model),) if alias.model else ())
    if found := known.objects.get(target) or _at(known, target):
        return _of_object(known, target, found)
    if target in known.uses or _maker(known, target)[0]:
        return Answer(target, (of_model(known, target),))
    is_digest = _DIGEST.fullmatch(target) is not None
    return Answer(target, tuple(_readers(known, "", target)) if is_digest else ())


def _at(known: Everything, target: str) -> Known | None:
    """What stands for an address: what is recorded, else the latest that is known."""
    current = next((r.id for a, r in known.state.records.items() if str(a) == target), "")
    if current:
        return known.objects[current]
    found = [one for one in known.objects.values() if str(one.address) == target]
    return max(found, key=lambda one: (one.created_at, one.id), default=None)


def _of_object(known: Everything, target: str, found: Known) -> Answer:
    if found.id in known.runs:
        return Answer(target, (of_run(known, found),))
    data = _data(known, "", found.id, "", "")
    return Answer(target, tuple(_readers(known, found.id, data.sha256)), data)


def _readers(known: Everything, file: str, digest: str) -> Iterator[Lineage]:
    """The runs that read a file, or bytes of a digest that begins like this."""
    for run in known.runs.values():
        read = _read(known, run)
        if any((file and one.file == file) or _agree(one.sha256, digest) for one in read):
            yield of_run(known, run)


def of_run(known: Everything, run: Known) -> Lineage:
    """The lineage of what a run made, or has not made yet."""
    return of_model(known, run.model) if run.model else Lineage(training=_training(known, run))


def of_model(known: Everything, model: str) -> Lineage:
    """The lineage of a model; without a run where none of this owner made it."""
    run, step = _maker(known, model)
    return Lineage(
        model,
        step,
        _training(known, run) if run else None,
        tuple(known.uses.get(model, ())),
        None if known.live.models is None else model in known.live.models,
    )


def _maker(known: Everything, model: str) -> tuple[Known | None, int | None]:
    """The run that made this model; the step, where it was saved on the way."""
    if run := known.makers.get(model):
        return run, None
    found = step_of(model)
    run = known.makers.get(found[0]) if found else None
    return run, found[1] if found and run else None


def _base(known: Everything, run: Known) -> str:
    """The model that a run began with; its spec names another job by that one's fingerprint."""
    told = str(run.body.get("model") or run.spec.get("model") or "")
    if not told.startswith(f"{VERSION}:"):
        return told
    models = known.made_of.get(told, ())
    return next(iter(models)) if len(models) == 1 else ""


def _training(known: Everything, run: Known, depth: int = MOST_PARENTS) -> Training:
    """A run with all that it was made of, and the runs before it."""
    base = _base(known, run)
    parent = _maker(known, base)[0] if depth else None
    status, phase = run.status
    of = run.record or run.marker
    return Training(
        run.id,
        run.address,
        status,
        phase,
        str(of.attempt) if of else "",
        run.fingerprint,
        base,
        _training(known, parent, depth - 1) if parent else None,
        _settings(known, run),
        tuple(_read(known, run)),
        run.model,
        _counted(known, base, run),
        trained(run.facts),
        _cost(known, base, run),
        run.made,
        _whole(run.body.get("finished_at")),
        str(run.facts.get(REASON, "")),
        run.seen is not None,
        known.lost(run),
    )


def _settings(known: Everything, run: Known) -> Mapping[str, Any]:
    """What decides the training, beside base and data; what the server resolved stands."""
    said = flatten(run.spec)
    if run.seen:
        said |= known.kinds[run.seen.kind].resolved(run.seen)
    told = (name for name in sorted(said) if name not in ("model", *READ))
    return {name: said[name] for name in told if said[name] not in (None, "")}


def _counted(known: Everything, base: str, run: Known) -> int | None:
    """Tokens of one pass, as counted when it was made."""
    tokens = run.facts.get(TOKENS)
    found = counted(tokens, encoding_of(base, known.terms)) if isinstance(tokens, dict) else None
    return found[1] if found else None


def _cost(known: Everything, base: str, run: Known) -> Cost | None:
    """What a run that has ended was billed."""
    status, phase = run.status
    if is_unbilled(phase, status):
        return FREE
    tokens = trained(run.facts) if phase.is_terminal else 0
    return bill(tokens, price_of(base, known.terms.prices)) if tokens else None


def _read(known: Everything, run: Known) -> Iterator[Data]:
    """The data of a run, field by field."""
    fields = [field for field in READ if field in run.spec or run.body.get(field)]
    told = run.marker.data.split(".") if run.marker and run.marker.data else []
    ids = run.record.reads if run.record else ()
    for number, field in enumerate(fields):
        digest = run.spec.get(field) or "".join(told[number : number + 1])
        file = run.body.get(field) or "".join(ids[number : number + 1])
        data = _data(known, field, str(file), str(digest), known.lost(run))
        if data.rows is None and field == READ[0]:
            data = data._replace(rows=_whole(run.facts.get(ROWS)))
        yield data


def _data(known: Everything, field: str, file: str, digest: str, lost: str) -> Data:
    """What is known of the bytes of a file: of itself, or of another one of the same bytes."""
    itself = known.objects.get(file) or Known(file, seen=known.live.objects.get(file))
    digest = max(digest, itself.digest, key=len)
    twin = known.contents.get(digest[:DIGITS], itself)
    facts = itself.record.facts if itself.record else twin.facts
    is_gone = itself.seen is None and itself.record is not None
    return Data(
        field,
        file,
        itself.address or twin.address,
        str(itself.body.get("filename") or ""),
        max(digest, twin.digest, key=len),
        _whole(facts.get(ROWS)),
        _whole(itself.body.get("bytes")) or _whole(facts.get("bytes")),
        itself.seen is not None,
        itself.record.expires_at if itself.record and is_gone else None,
        itself.made,
        known.lost(itself) if itself.address else lost,
    )


def _agree(digest: str, other: str) -> bool:
    """Whether two digests are of the same bytes, as far as both tell."""
    return bool(digest and other) and (digest.startswith(other) or other.startswith(digest))


def _whole(told: object) -> int | None:
    return told if isinstance(told, int) and not isinstance(told, bool) else None
