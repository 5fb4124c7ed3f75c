"""What reads what others wrote, as functions of bytes: each may raise declared errors alone."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from random import Random

from reconciler.backends.holder import locked
from reconciler.backends.lockfile import Stamp
from reconciler.cli.streams import json_text
from reconciler.cli.told import error_lines, problem_lines
from reconciler.cli.verbs.fmt import guide
from reconciler.core.codec import decode, decode_journal, encode, format_of, name_of
from reconciler.core.diff import diff
from reconciler.core.guards import Leave, Setting, guard
from reconciler.core.resource import Desired
from reconciler.core.saved_plan import check_fresh, check_owner, decode_plan, encode_plan
from reconciler.core.settle import settle, settled
from reconciler.core.state import State, replay
from reconciler.datasets.scan import scan
from reconciler.errors import InvalidInput, ReconcilerError
from reconciler.kinds import BY_NAME
from reconciler.kinds.kind import Content
from reconciler.manifest import load
from reconciler.manifest.resolve import resolve
from reconciler.manifest.sorted_text import sorted_text
from reconciler.manifest.source import text_of
from reconciler.render.plan_json import plan_document
from reconciler.render.plan_text import finding_lines, plan_lines
from reconciler.sources import LocalFile
from reconciler.text import inert
from tests.reliability import answer_targets, answering, mutate, samples
from tests.reliability.mutate import Mutation
from tests.support.ci import obeyed

SPECS = {name: kind.spec for name, kind in BY_NAME.items()}
PATIENCE = 300
NOW = datetime(2026, 11, 20, tzinfo=UTC)


@dataclass(frozen=True)
class Target:
    """One reader.

    Attributes:
        read: reads an input, in a folder of its own; `kind` tells which of its samples it was.
        samples: valid inputs by kind.
        writers: changes of structure that fit them, beside those of bytes and tokens.
        share: how many of a hundred inputs it gets.
    """

    read: Callable[[Path, str, bytes], object]
    samples: Callable[[], Mapping[str, list[bytes]]]
    share: int
    writers: tuple[Mutation, ...] = ()


def survive(name: str, folder: Path, kind: str, data: bytes) -> bool:
    """Whether a target took an input; it may refuse it, by a declared error that is fit to show."""
    try:
        TARGETS[name].read(folder, kind, data)
    except InvalidInput as error:
        show(*problem_lines(error.problems))
    except ReconcilerError as error:
        show(*error_lines(error))
    else:
        return True
    return False


def show(*lines: str) -> None:
    """What is shown of an input must be of bounded size, and obeyed by nobody."""
    assert sum(map(len, lines)) < 400_000, f"{sum(map(len, lines))} characters are shown"
    for line in lines:
        assert not obeyed(inert(line)), line[:200]


def read_manifest(folder: Path, _: str, data: bytes) -> None:
    """Reading, composing, checking, resolving; sorting, also of what is no manifest."""
    path = folder / "reconciler.yaml"
    path.write_bytes(data)
    with suppress(ReconcilerError):
        sorted_text(text_of(data, path), guide(), str(path))
    (folder / "teams").mkdir(exist_ok=True)
    (folder / "teams/a.yaml").write_text("files: {more: {path: data/more.jsonl}}\n")
    manifest = load(path, SPECS, environ={"RECONCILER_VAR_STAGE": "x"})
    paths = {p for address, spec in manifest.resources for p in BY_NAME[address.kind].paths(spec)}
    contents = {p: Content(LocalFile(p), p, "ab" * 32, 1612, 12) for p in paths}
    desired = resolve(manifest, BY_NAME, contents)
    plan(State("l", "demo"), desired)


def read_state(_: Path, __: str, data: bytes) -> None:
    """A document, as it is and written anew, and a plan from it."""
    state = decode(data, shown="state.json")
    assert decode(encode(state), shown="state.json") == state
    plan(state, wanted())


def read_journal(_: Path, kind: str, data: bytes) -> None:
    """A journal behind the checkpoint that it follows, and the state that comes of both."""
    (document,) = samples.stored("json")[kind]
    state, follows = decode(document, shown="state.json"), name_of(document)
    version = format_of(document)
    lines = data.removesuffix(b"\n").split(b"\n")
    plan(replay(state, decode_journal(lines, follows, shown="s", version=version)), wanted())


def read_plan(_: Path, __: str, data: bytes) -> None:
    """A saved plan, and whether it holds here."""
    found = decode_plan(data, shown="plan.json")
    assert encode_plan(found) == data
    show(*(str(grant.address) for grant in found.grants))
    check_owner(found, "demo", samples.PLACE, shown="plan.json")
    state = State("l-1", "demo", serial=7, endpoint=samples.PLACE)
    check_fresh(found, state, wanted(), shown="plan.json")


def read_dataset(folder: Path, kind: str, data: bytes) -> None:
    """One pass over the rows, by the rules of its purpose."""
    path = folder / "train.jsonl"
    path.write_bytes(data)
    found = scan(path, shown="data/train.jsonl", purpose=kind)
    show(*problem_lines(found.problems))


def read_holder(_: Path, __: str, data: bytes) -> None:
    """Who holds a lock, in words."""
    if holder := Stamp.from_json(data).holder:
        show(*error_lines(locked("state.json", holder, "apply", NOW)))


@cache
def wanted() -> Desired:
    """What a manifest declares."""
    folder = Path(answering.FOLDER.name)
    read_manifest(folder, "", samples.SMALL.encode())
    manifest = load(folder / "reconciler.yaml", SPECS)
    path = "data/train.jsonl"
    content = Content(LocalFile(path), path, samples.DIGEST, len(samples.BODY), 12)
    return resolve(manifest, BY_NAME, {path: content})


def plan(state: State, desired: Desired) -> None:
    """A plan from a state, in words and as JSON, and what is said against it."""
    live = answering.live()
    settlements = settle(state, live, BY_NAME, PATIENCE)
    state = settled(state, settlements)
    found = diff(desired, state, live, BY_NAME, settlements)
    refusals = guard(found, desired, state, live, BY_NAME, leave=Leave(), setting=Setting())
    show(*plan_lines(found, simulated=False))
    for finding in (*found.findings, *refusals):
        show(*finding_lines(finding, simulated=False))
    text = json_text(
        plan_document(found, owner="demo", endpoint="x", serial=1, digest="d"), "utf-8"
    )
    show(text)
    assert json.loads(text)["owner"] == "demo"


def of_answers() -> dict[str, list[bytes]]:
    """The samples of every answer."""
    return {kind: samples.answers(kind) for kind in samples.ANSWERS}


def one(kind: str, *texts: str | bytes) -> Callable[[], Mapping[str, list[bytes]]]:
    """Samples of one kind."""
    return lambda: {kind: [t if isinstance(t, bytes) else t.encode() for t in texts]}


def datasets() -> dict[str, list[bytes]]:
    """Datasets by their purpose: one that has rules, and one that has none."""
    return {"fine-tune": samples.ROWS, "batch": samples.ROWS[:1]}


TARGETS: Mapping[str, Target] = {
    "manifest": Target(
        read_manifest, one("yaml", *samples.MANIFESTS), 22, (mutate.by_lines, mutate.by_yaml)
    ),
    "state": Target(read_state, lambda: samples.stored("json"), 10, (mutate.by_state,)),
    "journal": Target(read_journal, lambda: samples.stored("journal"), 8, (mutate.by_journal,)),
    "plan": Target(read_plan, one("plan", samples.PLAN), 8, (mutate.by_plan,)),
    "dataset": Target(read_dataset, datasets, 16, (mutate.by_rows,)),
    "answers": Target(answer_targets.read_answer, of_answers, 22, (mutate.by_json,)),
    "streams": Target(answer_targets.read_stream, answer_targets.streams, 4, (mutate.by_lines,)),
    "wire": Target(answer_targets.read_wire, answer_targets.heads, 3, (mutate.by_lines,)),
    "commands": Target(answer_targets.read_by_command, of_answers, 5, (mutate.by_json,)),
    "holder": Target(read_holder, one("holder", samples.HOLDER), 2, (mutate.by_json,)),
}
"""By name; the shares are out of a hundred."""


def made(name: str, seed: int, number: int) -> tuple[str, bytes]:
    """An input of a target, and of which kind it is: the same for the same numbers."""
    random = Random(f"{seed}:{name}:{number}")
    target = TARGETS[name]
    kinds = target.samples()
    kind = random.choice(sorted(kinds))
    return kind, mutate.mutated(random, kinds[kind], target.writers)
