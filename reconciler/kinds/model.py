"""models: aliases. An alias is nothing at the API: it is a pointer that the state keeps.

What is live of models comes along with the walk of the jobs, which needs their list anyway.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from reconciler.core.address import Address, members_of
from reconciler.core.checks import Checks
from reconciler.core.choice import CHECKPOINT, SELECT
from reconciler.core.fields import FieldChange
from reconciler.core.fingerprint import fingerprint
from reconciler.core.owner import Owners
from reconciler.core.resource import Lifecycle, Observed, Phase, Resource
from reconciler.kinds.kind import Api, Content, Line, Make
from reconciler.kinds.model_spec import ModelSpec, metric_of
from reconciler.kinds.told import moment, text

if TYPE_CHECKING:
    from reconciler.kinds.spec.checks import Check, Rule


class ModelKind:
    """The kind `models`."""

    name = "models"
    lifecycle = Lifecycle.POINTER
    route = "/models"
    spec = ModelSpec

    def references(self, spec: ModelSpec) -> Mapping[str, Address]:
        """The job that it follows, or those that it chooses from."""
        return spec.references

    def paths(self, spec: ModelSpec) -> Iterable[str]:  # noqa: ARG002  # any kind
        """None: cases of its checks are no dataset, and read apart."""
        return ()

    def resolve(
        self,
        address: Address,
        spec: ModelSpec,
        contents: Mapping[str, Content],
        known: Mapping[Address, Resource],
    ) -> Resource:
        """The alias as what it should point at: a pin, or jobs by what is trained."""
        checks = None if spec.pin else checks_of(spec, contents)
        refs = {} if spec.pin else _members(spec, known)
        jobs = [[known[ref].fingerprint, known[ref].generation] for ref in refs.values()]
        said = _asked(spec)
        chosen = {SELECT: metric_of(spec.select), CHECKPOINT: metric_of(spec.checkpoint)}
        return Resource(
            address,
            said,
            fingerprint(said | {"jobs": jobs, "checks": checks.digest if checks else ""}),
            refs=refs,
            body={"checks": checks, "keep_last": spec.keep_last, **chosen},
            summary=spec.pin or _summary(spec, refs),
        )

    def resolved(self, seen: Observed) -> Mapping[str, Any]:  # noqa: ARG002
        """The API makes nothing of it."""
        return {}

    def beside(self, resource: Resource, seen: Observed) -> tuple[FieldChange, ...]:  # noqa: ARG002
        """Nothing of it is sent."""
        return ()

    def owner_of(self, seen: Observed) -> str:  # noqa: ARG002
        """The list of models does not tell."""
        return ""

    def observe(self, api: Api, owners: Owners) -> Iterator[Observed]:  # noqa: ARG002
        """Nothing: models come along with the jobs."""
        return iter(())

    def fetch(self, api: Api, id_: str, owners: Owners) -> Observed:  # noqa: ARG002
        """One model by its id; raises NotFound where it is gone."""
        body = api.retrieve_model(id_)
        made = moment(body, "created") or 0
        return Observed(self.name, text(body, "id") or id_, Phase.READY, "", made, body=body)

    def create(self, api: Api, line: Line, make: Make, owners: Owners) -> Observed:  # noqa: ARG002
        """Never asked for: an alias is promoted."""
        raise AssertionError("an alias is nothing at the API")

    def hold(self, api: Api, id_: str, owners: Owners, *, pause: bool) -> Observed:  # noqa: ARG002
        """Never asked for: a model does not run."""
        raise AssertionError("a model does not run")

    def remove(self, api: Api, id_: str, owners: Owners) -> None:  # noqa: ARG002
        """Delete a model; one that is gone is deleted."""
        api.delete_model(id_)


def _members(spec: ModelSpec, known: Mapping[Address, Resource]) -> Mapping[str, Address]:
    """The jobs themselves, each once; a matrix stands for its entries."""
    if spec.job:
        return spec.references
    jobs: dict[Address, None] = {}
    for ref in spec.references.values():
        jobs |= dict.fromkeys(members_of(ref, known))
    return {f"candidates.{job.name}": job for job in jobs}


def _asked(spec: ModelSpec) -> dict[str, Any]:
    """What of the entry decides at which model it points; a pin holds over the rest."""
    if spec.pin:
        return {"pin": spec.pin}
    said = {
        "job": spec.job,
        "candidates": spec.candidates and [*spec.candidates],
        SELECT: spec.select,
        CHECKPOINT: spec.checkpoint,
    }
    return {name: value for name, value in said.items() if value is not None}


def _summary(spec: ModelSpec, refs: Mapping[str, Address]) -> str:
    if spec.job:
        return f"the model of jobs.{spec.job}"
    return f"the lowest {metric_of(spec.select)} of {len(refs)} jobs"


def checks_of(spec: ModelSpec, contents: Mapping[str, Content]) -> Checks | None:
    """What its model has to answer, with the cases that were read."""
    if not spec.checks:
        return None
    from reconciler.kinds.spec.checks import Check, requests_of  # noqa: PLC0415  # few have any

    checks = [Check.model_validate(said) for said in spec.checks]
    rules = [_rule(check, contents) for check in checks]
    read = [contents.get(check.cases or "") for check in checks]
    digests = [content.sha256 if content else "" for content in read]
    digest = fingerprint({"checks": spec.checks, "cases": digests}).removeprefix("v1:")
    is_compared = any(check.no_regression for check in checks)
    return Checks(digest, len(rules), requests_of(rules), is_compared, tuple(rules))


def _rule(check: "Check", contents: Mapping[str, Content]) -> "Rule":
    from reconciler.kinds.spec.checks import Case, Rule  # noqa: PLC0415

    if check.messages:
        return Rule(check, (Case(messages=check.messages),))
    found = contents.get(check.cases or "")
    return Rule(check, found.cases if found else ())
