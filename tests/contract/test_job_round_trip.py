"""Any valid job: made on the sandbox, observed, and nothing is left to do; one edit is one reason.

Real HTTP, the real client, kinds and rounds; only the state is kept in memory.
"""

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.api import Api, connect, resolve_endpoint
from reconciler.api.clock import uptime
from reconciler.core.address import Address
from reconciler.core.fields import field_changes, telling
from reconciler.core.owner import Owner
from reconciler.core.plan import Action, Plan
from reconciler.core.reasons import label
from reconciler.core.rebind import is_resolution
from reconciler.core.resource import Desired, Resource
from reconciler.datasets.scan import scan
from reconciler.errors import ApiError
from reconciler.events import Done
from reconciler.kinds import BY_NAME
from reconciler.kinds.file import FileSpec
from reconciler.kinds.job_spec import JobSpec
from reconciler.kinds.kind import Content
from reconciler.rig import Rig
from reconciler.round import Round, carry_out, load, look
from reconciler.sandbox.embedded import embed
from reconciler.sandbox.pace import INSTANT
from reconciler.sources import LocalFile
from tests.support import job_specs
from tests.support.disk import Disk
from tests.support.world import Fuse

BOT = Address("jobs", "bot")
EXAMPLES = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
FIELDS = ("model", "suffix", "seed", "method", "validation_file", "metadata", "integrations")
"""What is edited; the last two decide nothing that is trained, so that nothing is to do."""
OWNERS = itertools.count()


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    """One simulator for every example."""
    with embed(None, pace=INSTANT) as server:
        endpoint = resolve_endpoint("sandbox", server.base_url, None, None, {})
        with connect(endpoint) as client:
            yield client


class Runner:
    """An owner of its own, so that one example never finds what another made."""

    def __init__(self, api: Api, folder: Path, method: str) -> None:
        self.api, self.disk = api, Disk(Fuse())
        self.owner = Owner(f"round-{next(OWNERS)}")
        self.ops = (f"{self.owner}-{n}" for n in itertools.count())
        self.files = dict(self._files(folder, method))

    def _files(self, folder: Path, method: str) -> Iterator[tuple[Address, Resource]]:
        for name in (job_specs.TRAINING, job_specs.VALIDATION):
            path = folder / f"{method}-{name}.jsonl"
            path.write_bytes(job_specs.dataset(method, thing=name))
            found = scan(path, shown=path.name)
            content = Content(
                LocalFile(str(path)), path.name, found.sha256, found.bytes, found.rows
            )
            address, spec = Address("files", name), FileSpec(path=path.name)
            yield address, BY_NAME["files"].resolve(address, spec, {path.name: content}, {})

    def desired(self, entry: Mapping[str, Any]) -> Desired:
        """The files and one job."""
        spec = JobSpec.read(entry)
        job = BY_NAME["jobs"].resolve(BOT, spec, {}, self.files)
        return Desired({**self.files, BOT: job})

    def look(self, entry: Mapping[str, Any]) -> Round:
        """One look at the endpoint."""
        return self._round(entry)[0]

    def apply(self, entry: Mapping[str, Any]) -> None:
        """Make what is missing; whatever is not done fails the test."""
        found, rig, journal = self._round(entry)
        for event in carry_out(found, rig, journal):
            assert not hasattr(event, "error"), event
        assert found.plan.count(Action.WAITING) == 0

    def _round(self, entry: Mapping[str, Any]) -> tuple[Round, Rig, Any]:
        journal = load(self.disk, self.owner, ("sandbox", "", ""), "lineage")  # type: ignore[arg-type]  # a disk in memory has no lock
        rig = Rig(
            kinds=dict(BY_NAME),
            api=self.api,
            owners=(self.owner,),
            patience=0,
            write=journal.write,
            new_op=lambda: next(self.ops),
            clock=uptime,
            pause=lambda _: None,
            is_for_now=lambda _: False,
            may_repeat=_never,
        )
        return look(journal.state, self.desired(entry), rig, 0), rig, journal


def _never(error: ApiError) -> bool:
    return False


@pytest.mark.parametrize("method", job_specs.METHODS)
def test_any_job_that_was_made_is_in_sync(api: Api, tmp_path: Path, method: str) -> None:
    """Defaults, `auto`, aliases, any script and every limit: the second plan is empty.

    The state is then lost: everything is found again by its markers, and nothing is made.
    """

    @EXAMPLES
    @given(job_specs.sandbox_specs(method))
    def check(entry: dict[str, Any]) -> None:
        runner = Runner(api, tmp_path, method)
        runner.apply(entry)
        assert runner.look(entry).plan.changes == ()
        runner.disk = Disk(Fuse())
        assert {c.action for c in runner.look(entry).plan.changes} == {Action.ADOPT}

    check()


@pytest.mark.parametrize("method", job_specs.METHODS)
def test_one_edit_is_one_replace_that_names_it(api: Api, tmp_path: Path, method: str) -> None:
    """Whichever field changes, the plan replaces the job and names that field, and no other.

    Unless the edit says what the server had made of the field: then nothing is trained.
    """

    @EXAMPLES
    @given(job_specs.sandbox_specs(method), job_specs.sandbox_specs(method), st.data())
    def check(entry: dict[str, Any], other: dict[str, Any], data: st.DataObject) -> None:
        runner = Runner(api, tmp_path, method)
        runner.apply(entry)
        field = data.draw(st.sampled_from(FIELDS))
        edited = {k: v for k, v in {**entry, field: other.get(field)}.items() if v is not None}
        assert_named(runner, entry, edited)
        if field in FIELDS[-2:]:
            assert runner.look(edited).plan.changes == ()

    check()


def test_other_data_and_extra_fields_are_named(api: Api, tmp_path: Path) -> None:
    """A dataset by its reference, a field for dialects by its name."""
    entry = {"model": "gpt-4o-mini", "training_file": job_specs.TRAINING}
    runner = Runner(api, tmp_path, "supervised")
    runner.apply(entry)
    for edited in ({**entry, "training_file": job_specs.VALIDATION}, {**entry, "extra": {"x": 1}}):
        assert_named(runner, entry, edited)
        assert replaced(runner.look(edited).plan)


def assert_named(runner: Runner, entry: Mapping[str, Any], edited: Mapping[str, Any]) -> None:
    """The plan of the edit names exactly the fields that differ; a default is none."""
    before, after = (runner.desired(e).resources[BOT].spec for e in (entry, edited))
    changes = field_changes(before, after)
    found = runner.look(edited)
    if not found.plan.changes:
        (seen,) = (s for s in found.live.of("jobs") if s.marker and s.marker.address == BOT)
        assert not changes or is_resolution(changes, BY_NAME["jobs"].resolved(seen))
        return
    change = replaced(found.plan)
    named = {d.label for d in change.details if d.label not in ("replaced", "retry")}
    differing = telling(changes)
    assert named == {label(item.field, differing) for item in differing}


def replaced(plan: Plan) -> Any:
    """The one change of the job."""
    (change,) = (c for c in plan.changes if c.address == BOT and c.follows is None)
    assert change.action is Action.REPLACE
    return change


def test_what_an_apply_yields_is_told_by_the_api(api: Api, tmp_path: Path) -> None:
    """An id and a status of the endpoint stand in each event; uploads end in any order."""
    runner = Runner(api, tmp_path, "supervised")
    entry = {"model": "gpt-4o-mini", "training_file": job_specs.TRAINING}
    found, rig, journal = runner._round(entry)
    done = [event for event in carry_out(found, rig, journal) if isinstance(event, Done)]
    assert sorted(event.id.partition("-")[0] for event in done) == ["file", "file", "ftjob"]
