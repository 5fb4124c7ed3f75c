"""The JSON Schemas of what programs read: committed, true, and kept within a version."""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest
import yaml
from msgspec.structs import replace

from reconciler.cli.verbs.schema import schema_text
from reconciler.core.address import Address
from reconciler.core.plan import Action, Change
from reconciler.core.resource import Observed, Phase
from reconciler.errors import ReconcilerError
from reconciler.events import (
    Done,
    Doubtful,
    Event,
    Failed,
    Postponed,
    Sending,
    Skipped,
    Started,
    Unrecorded,
)
from reconciler.render.events_json import event_document, job_document
from tests.support.compatible import broken
from tests.support.reference import document, reference
from tests.support.shapes import conforms

ROOT = Path(__file__).parents[2]
PUBLISHED = Path(__file__).parent / "published"
PAGE = ROOT / "docs" / "json.md"
OUTPUTS = ("plan", "events", "lineage")
GOLDEN = sorted((Path(__file__).parent / "plans").glob("*.yaml"))


def committed(of: str) -> Any:
    """A schema as it stands in the repository."""
    return json.loads((ROOT / "schema" / f"{of}-v1.json").read_text("utf-8"))


def published(of: str) -> Any:
    """The same as it was published first."""
    return json.loads((PUBLISHED / f"{of}-v1.json").read_text("utf-8"))


@pytest.mark.parametrize("of", OUTPUTS)
def test_the_committed_schema_is_current(of: str) -> None:
    """`reconciler schema --of plan > schema/plan-v1.json` writes it anew after a change."""
    assert (ROOT / "schema" / f"{of}-v1.json").read_text("utf-8") == schema_text(of)


@pytest.mark.parametrize("of", OUTPUTS)
def test_it_is_a_schema_that_says_what_each_member_is(of: str) -> None:
    """Of the draft that it names; `type` alone needs no words."""
    schema = committed(of)
    jsonschema.Draft202012Validator.check_schema(schema)
    told = dict(properties(schema))
    assert {name for name, one in told.items() if "description" not in one} <= {"type"}


def properties(schema: Any) -> Iterator[tuple[str, Any]]:
    """Every property of every object."""
    for one in (schema, *schema["$defs"].values()):
        yield from one.get("properties", {}).items()


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_plans_conform(path: Path) -> None:
    """Each has what the schema promises, and nothing that it does not name."""
    said = path.read_text("utf-8").partition("---\n")[2]
    conforms("plan", yaml.load(said, Loader=yaml.CSafeLoader)["plan"])


BOT = Change(Action.CREATE, Address("jobs", "bot"), "new")
LOST = ReconcilerError("no reply", where="POST /jobs")
SEEN = Observed("jobs", "job-1", Phase.READY, "succeeded", 0, facts={"fine_tuned_model": "ft:x"})
EVENTS: tuple[Event, ...] = (
    Started(BOT),
    Sending(BOT, 10, 100),
    Done(BOT, "job-1", "running"),
    Failed(BOT, LOST),
    Doubtful(BOT, LOST),
    Unrecorded(BOT, "job-1", LOST),
    Postponed(BOT, LOST),
    Skipped(BOT, "interrupted"),
)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_events_conform(event: Event) -> None:
    """Each of them, by its name."""
    document = event_document(event)
    assert document["type"] == type(event).__name__.lower()
    conforms("events", document)


def test_no_event_is_left_out() -> None:
    """Every event that there is stands in these tests, and no other has its name in the schema."""
    assert {type(event) for event in EVENTS} == set(get_args(Event))
    kinds = {one["properties"]["type"]["const"] for one in variants(committed("events"))}
    assert kinds - {event_document(event)["type"] for event in EVENTS} == {
        "plan",
        "job",
        "end",
        "error",
    }


def variants(schema: Any) -> list[Any]:
    """The alternatives of a union, looked up."""
    return [schema["$defs"][one["$ref"].rsplit("/", 1)[1]] for one in schema["anyOf"]]


def test_jobs_conform() -> None:
    """With a model and without."""
    conforms("events", job_document(BOT.address, SEEN))
    conforms("events", job_document(BOT.address, replace(SEEN, facts={})))


@pytest.mark.parametrize("of", ["manifest", *OUTPUTS])
def test_a_version_keeps_what_it_promised(of: str) -> None:
    """What stands in the published schema stays; a break of it needs a version of its own."""
    now = json.loads(schema_text(of))
    assert broken(published(of), now, may_widen=of == "manifest") == []


def change(schema: Any) -> Any:
    """The definition of a change."""
    return schema["$defs"]["ChangeDocument"]


def member(name: str, value: Any = None, *, required: bool = False) -> Callable[[Any], None]:
    """Set a member of a change, or take it out."""

    def edit(schema: Any) -> None:
        one = change(schema)
        one["properties"].pop(name) if value is None else one["properties"].update({name: value})
        one["required"] = [*({*one["required"]} - {name}), *([name] if required else [])]

    return edit


BREAKS: dict[str, Callable[[Any], None]] = {
    ".changes[].reason is gone": member("reason"),
    ".changes[].reason was ['string'], is ['array']": member(
        "reason", {"type": "array"}, required=True
    ),
    ".changes[].reason was always there": member("reason", {"type": "string"}),
    ".changes[].price is new and required": member("price", {"type": "string"}, required=True),
    ".changes[].action no longer knows 'adopt', 'cancel'": member(
        "action", {"type": "string", "enum": ["create"]}, required=True
    ),
    ".type was not required": lambda schema: schema["required"].append("type"),
}


@pytest.mark.parametrize("what", BREAKS)
def test_a_break_is_noticed(what: str) -> None:
    """Each way to break those who read a plan."""
    edited = copy.deepcopy(committed("plan"))
    BREAKS[what](edited)
    assert [one for one in broken(committed("plan"), edited) if one.startswith(what)]


def test_to_add_breaks_nothing() -> None:
    """A member that need not be there, a word, an event."""
    edited = copy.deepcopy(committed("plan"))
    member("price", {"type": "string"})(edited)
    change(edited)["properties"]["action"]["enum"].append("promote")
    assert broken(committed("plan"), edited) == []
    events = copy.deepcopy(committed("events"))
    promoted = {"type": {"type": "string", "const": "promoted"}, "id": {"type": "string"}}
    one = {"type": "object", "properties": promoted, "required": ["type", "id"]}
    events["anyOf"].append(one)
    assert broken(committed("events"), events) == []


def test_an_event_that_is_gone_is_noticed() -> None:
    """With all that it had."""
    events = copy.deepcopy(committed("events"))
    events["anyOf"] = [one for one in events["anyOf"] if "JobEvent" not in one["$ref"]]
    assert "<job>.fine_tuned_model is gone" in broken(committed("events"), events)


def test_the_page_tells_of_every_member(pytestconfig: pytest.Config) -> None:
    """`docs/json.md`: what is below its mark is made from the schemas (`--update`)."""
    prose, mark, _ = PAGE.read_text("utf-8").partition("<!-- made from the schemas -->\n")
    events = committed("events")
    lineage = document(committed("lineage"), events)
    now = f"{prose}{mark}{reference(events)}\n## Lineage\n\n{lineage}"
    if pytestconfig.getoption("update"):
        PAGE.write_text(now, "utf-8")
    assert PAGE.read_text("utf-8") == now
