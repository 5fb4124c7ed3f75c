"""A golden case of the plan: manifest, state and live objects in short notation, as values.

    was:       the manifest of the last apply, where it differs: what records and markers are of
    manifest:  {files: {f: F1}, jobs: {a: {training_file: f, n_epochs: 3}}}, moved, removed, import,
               budget, prices, max_concurrent, min_lifetime_days; a file may say its rows,
               and its tokens by encoding
    state:     {files.f: file-1, jobs.a: job-1 running}; `lost`; nothing: the very first plan
    pending:   {op-1: jobs.a}         deposed: {file-0: files.f}       cancelled: [job-1]
    live:      {file-1: processed, job-1: succeeded, job-9: {of: jobs.b, status: running, …}}
    full:      {active: 2, in: 60}: it took no more jobs, and is asked again in so many seconds
    holding:   [job-1]: an apply died while it paused or resumed it
    hidden:    [job-1]: live, and in no list yet      deleted: [job-1]: its model is
    replace, cancel_first, retry: [jobs.*], promote: [models.prod], reason: what a person wants;
    asked: {jobs.a: 2}: the try that an apply was asked for that did not end well
    aliases:   {models.prod: ft:x}, or all that it pointed at; empty: at what, nobody knows
    models:    [ft:x]: live, besides those of the jobs      ends: {ft:x: 2027-01-14}
    published: {prod: ft:x}, `missing`, or `foreign`: what the file of `outputs` says
    learnt:    {job-1: 0.5, job-2: {train_loss: 0.1, saved: {88: {valid_loss: 0.4}}}}: what finished
    runs tell: their last valid_loss, or more; `recorded: [job-1]`: what of it is known already
    checked:   {models.prod: fail}: what came of its checks, of the model of its job
    ago, ci, allow: when what is pending began, where it is planned, what a person has allowed

What an object is `of` is the address that the state gives it; any other member of it is a field of
the API's own answer. An object that is not in `live` is gone. Everything goes through the real
kinds, the real look and the real settling.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from reconciler.core.address import Address
from reconciler.core.alias import Alias, Checked, Promotion, Published
from reconciler.core.codec import encode
from reconciler.core.cost import Budget, Limit, Price, Terms
from reconciler.core.entries import Deposed, Intent
from reconciler.core.full import Full
from reconciler.core.guards import Leave, Setting, guard
from reconciler.core.losses import Learnt, Point
from reconciler.core.owner import Owner
from reconciler.core.plan import Finding
from reconciler.core.renewal import Renewal
from reconciler.core.resource import (
    LEARNT,
    MOST_REQUESTS,
    Attempt,
    Desired,
    Lifetime,
    Observed,
    Resource,
    RunLimit,
)
from reconciler.core.settle import record_of
from reconciler.core.state import State
from reconciler.core.wish import Wish, wished
from reconciler.kinds import BY_NAME
from reconciler.kinds.file import FileSpec, file_name
from reconciler.kinds.job import request
from reconciler.kinds.job_spec import JobSpec
from reconciler.kinds.kind import Content, Make
from reconciler.kinds.model_spec import ModelSpec
from reconciler.round import Round
from reconciler.sources import LocalFile
from tests.support.stack import ENDPOINT, Stack
from tests.support.world import Fuse, World, WorldApi

NOW = 1_795_356_000
"""2026-11-22 14:00:00 UTC."""
MADE = NOW - 2 * 86_400
OWNER = Owner("bots")
MODEL = "gpt-4.1-mini-2025-04-14"
ENCODING = "o200k_base"
SETTLE = 300

WISHES = ("replaced", "cancelled_first", "promoted", "retried")

Said = dict[str, Any]


@dataclass(frozen=True)
class Planned:
    """A round, and what the guards say of it."""

    found: Round
    refusals: tuple[Finding, ...]


def planned(said: Said) -> Planned:
    """Look, settle, diff and guard, as a command does."""
    return Case(said).planned()


@dataclass
class Case:
    """One case on its way from the notation to values."""

    said: Said
    now: Desired = field(init=False)
    was: Desired = field(init=False)
    ids: dict[Address, str] = field(default_factory=dict)
    world: World = field(default_factory=lambda: World(now=NOW))

    def __post_init__(self) -> None:
        asked = (
            tuple(self.said.get(name, ()))
            for name in ("replace", "cancel_first", "promote", "retry")
        )
        wish = Wish(**dict(zip(WISHES, asked, strict=True)), reason=self.said.get("reason", ""))
        self.now = wished(desired(self.said.get("manifest") or {}), wish)
        self.was = desired(self.said.get("was") or {})
        for place, named in self._recorded().items():
            self.ids[Address.parse(place)] = named["id"]
        for id_, live in self._live().items():
            if "of" in live:
                self.ids.setdefault(self._address(live["of"]), id_)

    def planned(self) -> Planned:
        for id_, live in self._live().items():
            self._put(id_, live)
        one = Stack(
            self.world, owner=OWNER, desired=self.now, patience=self.said.get("settle", SETTLE)
        )
        state = self._state()
        one.disk.document = encode(state) if state.serial else None
        one.published = self._published()
        one.losses = self._losses()
        self.world.models.update(self.said.get("models", ()))
        self.world.ends = {name: str(day) for name, day in self.said.get("ends", {}).items()}
        found = one.look()
        allowed = dict(self.said.get("allow", {}))
        cost = Decimal(allowed.pop("cost")) if "cost" in allowed else None
        leave = Leave(**{name: _tuples(value) for name, value in allowed.items()}, cost=cost)
        setting = Setting(is_ci=self.said.get("ci", False))
        refusals = guard(
            found.plan, self.now, found.state, found.live, BY_NAME, leave=leave, setting=setting
        )
        return Planned(found, refusals)

    def _recorded(self) -> dict[str, Said]:
        said = self.said.get("state") or {}
        if said == "lost":
            return {}
        return {place: _named(entry) for place, entry in said.items()}

    def _live(self) -> dict[str, Said]:
        live = self.said.get("live") or {}
        return {
            id_: {"status": e} if isinstance(e, str) else dict(e or {}) for id_, e in live.items()
        }

    def _address(self, of: str) -> Address:
        return Address.parse(of.removeprefix("new "))

    def _resource(self, of: str) -> Resource:
        """What was applied last under this address; `new jobs.a` is what is declared now."""
        address = self._address(of)
        first = (self.now, self.was) if of.startswith("new ") else (self.was, self.now)
        return next(d.resources[address] for d in first if address in d.resources)

    def _put(self, id_: str, live: Said) -> None:
        """An object into the world, as the API would tell of it."""
        body = self._body(id_, live)
        objects = self.world.files if id_.startswith("file") else self.world.jobs
        objects[id_] = body
        self.world.fresh[id_] = NOW + 60 if id_ in self.said.get("hidden", ()) else 0
        if (model := body.get("fine_tuned_model")) and id_ not in self.said.get("deleted", ()):
            self.world.models.add(model)

    def _body(self, id_: str, live: Said) -> Said:
        live = dict(live)
        of = live.pop("of", None) or next((str(a) for a, i in self.ids.items() if i == id_), None)
        number, op = live.pop("try", 1), live.pop("op", f"op-of-{id_}")
        if of is None:
            return {
                "id": id_,
                "created_at": MADE,
                "bytes": 9,
                "purpose": "fine-tune",
                "filename": "x",
            } | live
        resource = self._resource(of)
        if resource.address.kind == "files":
            return _file_body(id_, resource) | live
        ids = {
            name: self.ids.get(ref, f"file-of-{ref.name}") for name, ref in resource.refs.items()
        }
        make = Make(resource, OWNER, Attempt(resource.generation, number), op, ids, lambda: True)
        return _job_body(id_, make) | _result(id_, live) | live

    def _state(self) -> State:
        if self.said.get("state") in (None, "lost"):
            return State("lineage", str(OWNER), endpoint=ENDPOINT)
        records = {
            Address.parse(place): self._record(Address.parse(place), entry)
            for place, entry in self._recorded().items()
        }
        pending = {
            op: self._intent(op, place) for op, place in self.said.get("pending", {}).items()
        }
        deposed = {
            id_: Deposed(id_, Address.parse(place), self._reads(self._resource(place)))
            for id_, place in self.said.get("deposed", {}).items()
        }
        renewals = tuple(
            Renewal(one.address, one.fingerprint, one.attempt)
            for place, number in self.said.get("asked", {}).items()
            for one in (self._intent("op", place, number),)
        )
        return State(
            "lineage", str(OWNER), serial=7, endpoint=ENDPOINT, records=records, pending=pending,
            deposed=deposed, renewals=renewals, cancelled=tuple(self.said.get("cancelled", ())),
            holding=tuple(self.said.get("holding", ())), aliases=self._aliases(),
            full=self._full(),
            checked=tuple(self._checked()),
        )  # fmt: skip

    def _aliases(self) -> dict[Address, Alias]:
        """What each alias points at, and pointed at before; it came there from its job."""
        return {
            address: Alias(
                (models or [""])[-1] or "", f"jobs.{address.name}", history=tuple(_steps(models))
            )
            for place, said in self.said.get("aliases", {}).items()
            for address, models in (
                (Address.parse(place), said if isinstance(said, list) else [said]),
            )
        }

    def _losses(self) -> dict[str, Learnt]:
        return {id_: _learnt(id_, told) for id_, told in self.said.get("learnt", {}).items()}

    def _checked(self) -> Iterator[Checked]:
        for place, outcome in self.said.get("checked", {}).items():
            address = Address.parse(place)
            resource, alias = self.now.resources[address], self._aliases().get(address, Alias())
            checks = resource.body["checks"]
            model = f"ft:{MODEL}:acme::{self.ids[resource.refs['job']]}"
            passed = checks.number - (outcome != "pass")
            why = "" if outcome == "pass" else 'contains "tracking"'
            yield Checked(
                model, checks.key(alias.model), outcome, passed, checks.number, why, NOW - 60
            )

    def _published(self) -> Published | None:
        said = self.said.get("published")
        if said == "foreign":
            return Published("models.json", {}, "it is spelt in another way")
        models = said if isinstance(said, dict) else None
        return Published("models.json", models) if said else None

    def _full(self) -> Full | None:
        said = self.said.get("full")
        why = "the endpoint refused the job (429 rate_limit_exceeded)"
        return Full(said["active"], NOW + said["in"], why) if said else None

    def _record(self, address: Address, entry: Said) -> Any:
        live = self._live().get(entry["id"], {})
        then = {k: v for k, v in live.items() if k not in ("status", "error")} | {
            "of": str(address)
        }
        then |= {"status": "processed" if address.kind == "files" else "succeeded"} | entry["then"]
        is_known = then.pop("known_deleted", False)
        body = self._body(entry["id"], then)
        seen = _observed(address, body)
        resource = self._resource(str(address))
        imported = any(item["to"] == str(address) for item in self._section("import"))
        intent = self._intent("op", str(address), then.get("try", 1))
        record = record_of(intent, seen)
        facts = {**record.facts, **({"model_deleted": True} if is_known else {})}
        if record.id in self.said.get("recorded", ()):
            facts[LEARNT] = self._losses()[record.id].fact
        return replace(record, protect=resource.protect, imported=imported, facts=facts)

    def _section(self, name: str) -> list[Said]:
        both = [self.said.get(which) or {} for which in ("was", "manifest")]
        return [item for said in both for item in said.get(name, ())]

    def _reads(self, resource: Resource) -> tuple[str, ...]:
        """The files that a run of this resource reads."""
        return tuple(self.ids[ref] for ref in resource.refs.values() if ref in self.ids)

    def _intent(self, op: str, place: str, number: int = 1) -> Intent:
        resource = self._resource(place)
        attempt = Attempt(resource.generation, number)
        begun = NOW - self.said.get("ago", 30)
        return Intent(
            op, resource.address, resource.fingerprint, attempt, resource.spec,
            self._reads(resource), begun,
            begun + 60, resource.facts, resource.protect,
        )  # fmt: skip


def _learnt(id_: str, told: float | Said) -> Learnt:
    """The losses of a run; its saved models are named after it."""
    said: Said = {"valid_loss": told} if isinstance(told, float) else dict(told)
    model = f"ft:{MODEL}:acme::{id_}"
    saved = said.pop("saved", {}).items()
    return Learnt(said, tuple(Point(step, m, f"{model}:ckpt-step-{step}") for step, m in saved))


def _steps(models: list[str]) -> Iterator[Promotion]:
    """One after the other; of a single one nothing is told."""
    if len(models) > 1:
        for before, model in zip(["", *models], models, strict=False):
            yield Promotion(model, before)


def desired(said: Said) -> Desired:
    """What a manifest in short notation declares."""
    known: dict[Address, Resource] = {}
    for name, entry in (said.get("files") or {}).items():
        file: Said = {"data": entry} if isinstance(entry, str) else dict(entry)
        content = Content(
            LocalFile("/dev/null"),
            f"data/{name}.jsonl",
            hashlib.sha256(str(file.pop("data")).encode()).hexdigest(),
            file.pop("bytes", 3_100_000),
            file.pop("rows", 1_000),
            {ENCODING: file.pop("tokens")} if "tokens" in file else {},
        )
        spec = FileSpec.read({"path": content.shown, **file})
        address = Address("files", name)
        known[address] = BY_NAME["files"].resolve(address, spec, {spec.path: content}, known)
    for name, entry in (said.get("jobs") or {}).items():
        address = Address("jobs", name)
        known[address] = BY_NAME["jobs"].resolve(address, _job_spec(entry), {}, known)
    for name, entry in (said.get("models") or {}).items():
        address = Address("models", name)
        spec_ = ModelSpec.read(entry)
        known[address] = BY_NAME["models"].resolve(address, spec_, {}, known)
    for item in said.get("import", ()):
        address = Address.parse(item["to"])
        known[address] = replace(known[address], import_id=item["id"])
    moved = {
        Address.parse(item["to"]): Address.parse(item["from"]) for item in said.get("moved", ())
    }
    removed = {Address.parse(i["address"]): i["keep"] for i in said.get("removed", ())}
    return Desired(
        known,
        moved,
        removed,
        terms=_terms(said),
        limit=_limit(said),
        lifetime=_lifetime(said),
        most_requests=said.get("most_requests", MOST_REQUESTS),
        are_models_final=said.get("are_models_final", False),
    )


def _lifetime(said: Said) -> Lifetime | None:
    if "min_lifetime_days" not in said:
        return None
    return Lifetime(said["min_lifetime_days"], "min_lifetime_days, reconciler.yaml:4:1")


def _limit(said: Said) -> RunLimit | None:
    if "max_concurrent" not in said:
        return None
    return RunLimit(said["max_concurrent"], "provider.max_concurrent, reconciler.yaml:4:3")


def _terms(said: Said) -> Terms:
    """What the manifest says of money; without a price for it, none is known of the model."""
    prices = {
        model: Price(Decimal(str(usd)), "2026-11-01")
        for model, usd in said.get("prices", {}).items()
    }
    limits = {
        name: Limit(Decimal(str(usd)), f"budget.{name}, reconciler.yaml:9:20")
        for name, usd in said.get("budget", {}).items()
    }
    return Terms(prices, Budget(**limits), {MODEL: ENCODING})


def _job_spec(entry: Said) -> JobSpec:
    said: Said = {"model": MODEL} | entry
    numbers = {name: said.pop(name) for name in ("n_epochs", "batch_size") if name in said}
    if numbers:
        said["method"] = {"type": "supervised", "supervised": {"hyperparameters": numbers}}
    return JobSpec.read(said)


def _file_body(id_: str, resource: Resource) -> Said:
    return {
        "id": id_,
        "object": "file",
        "bytes": resource.spec["bytes"],
        "created_at": MADE,
        "filename": file_name(OWNER, resource),
        "purpose": resource.spec["purpose"],
        "status": "processed",
    }


def _job_body(id_: str, make: Make) -> Said:
    body = request(make)
    suffix = {"user_provided_suffix": body.pop("suffix", None)}
    return body | suffix | {"id": id_, "created_at": MADE, "status": "running"}


def _result(id_: str, live: Said) -> Said:
    """What a job of this status has besides."""
    results: Said = {
        "succeeded": {"fine_tuned_model": f"ft:{MODEL}:acme::{id_}"},
        "failed": {"error": {"code": "server_error", "message": "the machine went away"}},
    }
    return dict(results.get(live.get("status", ""), {}))


def _observed(address: Address, body: Said) -> Observed:
    world = World(now=NOW, files={}, jobs={})
    (world.files if address.kind == "files" else world.jobs)[body["id"]] = body
    return BY_NAME[address.kind].fetch(WorldApi(world, Fuse()), body["id"], (OWNER,))


def _named(entry: str | Said) -> Said:
    """`job-1`, `job-1 running`, or the id with fields of the answer that was recorded."""
    if isinstance(entry, str):
        id_, _, status = entry.partition(" ")
        return {"id": id_, "then": {"status": status} if status else {}}
    then = {name: value for name, value in entry.items() if name != "id"}
    return {"id": entry["id"], "then": then}


def _tuples(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
