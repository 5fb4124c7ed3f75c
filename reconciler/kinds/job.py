"""jobs: a fine-tuning job, paid for once.

The marker is six pairs of the job's `metadata`; the fingerprint is everything that decides what is
trained: model, method, seed, suffix, extra, and the content of its files.
"""

from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from typing import Any

from reconciler.core.address import Address
from reconciler.core.cost import TOKENS, UNCOUNTED, Work, base_of
from reconciler.core.fields import READ, FieldChange, flatten
from reconciler.core.fingerprint import fingerprint
from reconciler.core.owner import Owners
from reconciler.core.resource import (
    HELD,
    NOTHING,
    ROWS,
    Attempt,
    Lifecycle,
    Marker,
    Observed,
    Phase,
    Resource,
    Retry,
)
from reconciler.errors import ApiError, NotFound, Refused
from reconciler.kinds.job_answer import PREFIX, beside, facts_of, method_of
from reconciler.kinds.job_model import is_served, listed_models
from reconciler.kinds.job_spec import JobSpec
from reconciler.kinds.kind import SHUTDOWN, Api, Content, Line, Make
from reconciler.kinds.spec.methods import chosen_of
from reconciler.kinds.told import members, moment, text

_PHASES: Mapping[str, Phase] = {
    "validating_files": Phase.IN_PROGRESS,
    "queued": Phase.IN_PROGRESS,
    "running": Phase.IN_PROGRESS,
    "pausing": Phase.IN_PROGRESS,
    "paused": Phase.IN_PROGRESS,
    "succeeded": Phase.READY,
    "failed": Phase.FAILED,
    "cancelled": Phase.FAILED,
}


class JobKind:
    """The kind `jobs`."""

    name = "jobs"
    lifecycle = Lifecycle.RUN
    route = "/fine_tuning/jobs"
    spec = JobSpec

    def references(self, spec: JobSpec) -> Mapping[str, Address]:
        """Its files, and the job whose model it starts from."""
        return spec.references

    def paths(self, spec: JobSpec) -> Iterable[str]:  # noqa: ARG002  # any kind
        """A job reads files of the manifest, no local path."""
        return ()

    def resolve(
        self,
        address: Address,
        spec: JobSpec,
        contents: Mapping[str, Content],  # noqa: ARG002
        known: Mapping[Address, Resource],
    ) -> Resource:
        """The job as what decides its model; each file stands as its content's SHA-256."""
        refs, epochs = self.references(spec), spec.epochs
        trained = _trained(spec)
        for field, ref in refs.items():
            trained[field] = _content_of(known[ref])
        work = _work(spec.model, epochs, refs, known)
        return Resource(
            address,
            trained,
            fingerprint(trained),
            generation=spec.generation,
            refs=refs,
            body=_beside(spec),
            summary=f"{spec.model}, {epochs} epoch{'s' * (epochs != 1)}" if epochs else spec.model,
            protect=spec.protect,
            paused=spec.paused,
            retry=Retry(spec.retry.max, spec.retry.on),
            facts=_facts(work),
            work=work,
        )

    def resolved(self, seen: Observed) -> Mapping[str, Any]:
        """What the server made of the request: snapshot for alias, numbers for `auto`."""
        body = seen.body
        said = {"model": body.get("model"), "seed": body.get("seed"), "method": method_of(body)}
        suffix = body.get("user_provided_suffix", ...)
        return flatten(said if suffix is ... else said | {"suffix": suffix or ""})

    def beside(self, resource: Resource, seen: Observed) -> tuple[FieldChange, ...]:
        """Metadata of your own, and integrations: as the job was created with them, for good."""
        return beside(resource, seen)

    def owner_of(self, seen: Observed) -> str:
        """What a pair of its metadata says."""
        return text(members(seen.body, "metadata"), f"{PREFIX}owner")

    def observe(self, api: Api, owners: Owners) -> Iterator[Observed]:
        """Every job, whoever made it, and whether its model is still there; then every model.

        The models are asked for last: one that a job made meanwhile is among them. They come along
        so that nothing else has to ask for them.
        """
        bodies = [body for page in api.walk_jobs() for body in page]
        models, names = listed_models(api), _names(owners)
        for body in bodies:
            yield _observed(body, names, is_usable=_is_usable(api, body, models))
        for model, ends in sorted((models or {}).items()):
            yield Observed("models", model, Phase.READY, "", 0, facts={SHUTDOWN: ends})

    def pick(self, api: Api, ids: Collection[str], owners: Owners) -> Mapping[str, Observed]:
        """These jobs by their ids, of as many pages as it takes; models are not asked for.

        One that is in no page is not in the answer.
        """
        found: dict[str, Observed] = {}
        for page in api.walk_jobs():
            found |= {b["id"]: _observed(b, _names(owners)) for b in page if b["id"] in ids}
            if len(found) == len(ids):
                break
        return found

    def fetch(self, api: Api, id_: str, owners: Owners) -> Observed:
        """One job by its id; of one that succeeded, whether its model is still there."""
        body = api.retrieve_job(id_)
        models = listed_models(api) if phase_of(body) is Phase.READY else None
        return _observed(body, _names(owners), is_usable=_is_usable(api, body, models))

    def create(self, api: Api, line: Line, make: Make, owners: Owners) -> Observed:  # noqa: ARG002  # any kind
        """Create it with its marker."""
        return _observed(
            line.create_job(request(make), op=make.op, may_send=make.may_send), _names(owners)
        )

    def hold(self, api: Api, id_: str, owners: Owners, *, pause: bool) -> Observed:
        """Pause it, or let it go on. One that ended meanwhile is left: the answer says so."""
        try:
            body = api.pause_job(id_) if pause else api.resume_job(id_)
        except ApiError as error:
            body = _in_spite_of(error, api, id_, paused=pause)
        return _observed(body, _names(owners))

    def remove(self, api: Api, id_: str, owners: Owners) -> Observed | None:
        """Cancel it. One that ended meanwhile is left as it is: the answer says so."""
        try:
            body = api.cancel_job(id_)
        except NotFound:
            return None
        except ApiError as error:
            body = _in_spite_of(error, api, id_)
        return _observed(body, _names(owners))


def _in_spite_of(
    error: ApiError, api: Api, id_: str, *, paused: bool | None = None
) -> dict[str, Any]:
    """The job after an act that was refused or lost, where nothing is left to do.

    It ended, or it is held as was wanted. Otherwise, and where it cannot be read, the error of the
    act is the one to tell.
    """
    if isinstance(error, Refused) and error.status in (401, 403, 404, 429):
        raise error
    try:
        body = api.retrieve_job(id_)
    except ApiError:
        raise error from None
    if not phase_of(body).is_terminal and (paused is None or _is_paused(body) != paused):
        raise error
    return body


def _is_paused(body: Mapping[str, Any]) -> bool:
    return body.get("status") in HELD


def _work(
    model: str,
    epochs: int | str | None,
    refs: Mapping[str, Address],
    known: Mapping[Address, Resource],
) -> Work:
    """What there is to train; validation is not billed."""
    base = known[refs["model"]].work if "model" in refs else None
    data = known[refs["training_file"]].work or Work()
    root = base.model if base else base_of(model)
    told = epochs if isinstance(epochs, int) else None
    return Work(root, data.tokens, data.is_whole, data.rows, told)


def _facts(work: Work) -> Mapping[str, Any]:
    """What is recorded of it, to hold a bill against, whatever the data are then."""
    if not work.tokens:
        return NOTHING
    counted = {TOKENS: work.tokens, ROWS: work.rows}
    return counted if work.is_whole else counted | {UNCOUNTED: True}


def _content_of(read: Resource) -> str:
    """What stands for a reference: a file's digest, a job's fingerprint."""
    return str(read.spec.get("sha256", read.fingerprint))


def _trained(spec: JobSpec) -> dict[str, Any]:
    """What the entry itself says of what is trained, as plain values."""
    said = (
        ("model", spec.model),
        ("method", spec.method and chosen_of(spec.method)),
        ("suffix", spec.suffix),
        ("seed", spec.seed),
        ("extra", spec.extra),
    )
    return {field: value for field, value in said if value is not None}


def _beside(spec: JobSpec) -> Mapping[str, Any]:
    """What is sent and decides nothing."""
    if spec.metadata is None and spec.integrations is None:
        return NOTHING  # nearly all
    reports = spec.integrations and [one.plain() for one in spec.integrations]
    said = (("metadata", spec.metadata), ("integrations", reports))
    return {field: value for field, value in said if value is not None}


def request(make: Make) -> dict[str, Any]:
    """The body of the create request: what is set, ids for files, our marker in the metadata."""
    resource = make.resource
    spec = {f: v for f, v in resource.spec.items() if f not in {*READ, "extra"}}
    body = spec | dict(make.ids) | dict(resource.body) | dict(resource.spec.get("extra") or {})
    return body | {"metadata": {**(resource.body.get("metadata") or {}), **_pairs(make)}}


def _pairs(make: Make) -> dict[str, str]:
    resource = make.resource
    digests = [resource.spec[field][:32] for field in READ if field in resource.spec]
    pairs = {
        "owner": str(make.owner),
        "address": str(resource.address),
        "fingerprint": resource.fingerprint,
        "attempt": str(make.attempt),
        "op": make.op,
        "data": ".".join(digests),
    }
    return {PREFIX + name: text for name, text in pairs.items()}


def job_marker(body: Mapping[str, Any], owners: frozenset[str]) -> Marker | None:
    """What a job's metadata says, or None where it is not one of ours, or damaged."""
    pairs = members(body, "metadata")
    if text(pairs, "reconciler_owner") not in owners:
        return None
    try:
        generation, _, number = str(pairs["reconciler_attempt"]).partition(".")
        return Marker(
            Address.parse(str(pairs["reconciler_address"])),
            str(pairs["reconciler_fingerprint"]),
            Attempt(int(generation), int(number)),
            str(pairs.get("reconciler_op", "")),
            str(pairs.get("reconciler_data", "")),
        )
    except (KeyError, ValueError):
        return None


def _names(owners: Owners) -> frozenset[str]:
    return frozenset(str(owner) for owner in owners)


def phase_of(body: Mapping[str, Any]) -> Phase:
    """What a job's status means; an unknown word means UNKNOWN."""
    return _PHASES.get(text(body, "status"), Phase.UNKNOWN)


def _is_usable(api: Api, body: Mapping[str, Any], models: Container[str] | None) -> bool:
    return phase_of(body) is not Phase.READY or is_served(api, body, models)


def _observed(
    body: Mapping[str, Any], owners: frozenset[str], *, is_usable: bool = True
) -> Observed:
    model = text(body, "fine_tuned_model")
    phase = phase_of(body)
    error = members(body, "error")
    return Observed(
        "jobs",
        body["id"],
        phase,
        text(body, "status"),
        moment(body, "created_at") or 0,
        marker=job_marker(body, owners),
        reads=tuple(id_ for field in READ if (id_ := text(body, field))),
        is_bare=not members(body, "metadata"),
        is_paused=_is_paused(body),
        is_usable=is_usable,
        error_code=text(error, "code"),
        facts=facts_of(model, body, error, is_usable=is_usable),
        body=body,
    )
