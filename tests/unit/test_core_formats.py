"""Every format that was ever written is read; of each a state and its journal are kept here."""

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from reconciler import __version__
from reconciler.core.address import Address
from reconciler.core.alias import Alias, Checked, Promote, Promotion, Release
from reconciler.core.codec import decode, decode_journal, encode, encode_entries, format_of, name_of
from reconciler.core.entries import (
    Begin,
    Clear,
    Depose,
    Deposed,
    Entry,
    Gone,
    Hold,
    Intent,
    Move,
    Put,
    Retire,
)
from reconciler.core.formats import FORMAT, MIGRATIONS
from reconciler.core.grant import Grant, Review, Verb
from reconciler.core.resource import Attempt, Phase, Record, Retry
from reconciler.core.state import State
from tests.support.values import record

FOLDER = Path(__file__).parent / "states"
TRAIN, FAQ = Address("files", "support-train"), Address("files", "faq")
BOT, SWEEP = Address("jobs", "support-bot"), Address("jobs", "sweep[n_epochs=2]")
SHA, FINGERPRINT = "3f9a1c07" * 8, "v1:" + "c02d77e1" * 8
OPTIONS = {"n_epochs": 4, "learning_rate_multiplier": 1.5}
SPEC = {
    "model": "gpt-4.1-mini-2025-04-14",
    "training_file": SHA,
    "seed": 7,
    "method": {"type": "supervised", "supervised": {"hyperparameters": OPTIONS}},
}
FILE = Record(
    "file-4mXq9TbW",
    f"v1:{SHA}:fine-tune:3100000",
    spec={"sha256": SHA, "purpose": "fine-tune", "bytes": 3_100_000},
    phase=Phase.READY,
    status="processed",
    created_at=1_764_000_000,
    expires_at=1_766_592_000,
    facts={"rows": 12_400},
)
MODEL = "ft:gpt-4.1-mini-2025-04-14:acme:support:9fQ2aB7c"
JOB = Record(
    "ftjob-8Kd2QmVx",
    FINGERPRINT,
    SPEC,
    Phase.READY,
    "succeeded",
    1_764_000_009,
    {"fine_tuned_model": MODEL, "trained_tokens": 2_361_880},
    Attempt(2, 3),
    ("file-4mXq9TbW",),
    protect=True,
)
ODD = record("file-9sHd1CnE", status="snörig \u2028 😀", created_at=1_764_000_001)
INTENT = Intent(
    "5b1c9e02-0000-4000-8000-000000000001",
    SWEEP,
    FINGERPRINT,
    Attempt(1, 2),
    SPEC,
    ("file-4mXq9TbW",),
    1_764_000_100,
    1_764_000_160,
    {"rows": 1},
    protect=True,
)
REVIEW = Review("9f2c41d0", (Grant(Verb.PAY, BOT, FINGERPRINT, Attempt(2, 1), Retry(1, ("x",))),))
PROD, OLD = Address("models", "support-prod"), Address("models", "faq")
CHECKED = Checked(MODEL, "d16e57", "fail", 1, 2, 'no "tracking"', 1_764_000_200)
FIRST = Promotion(MODEL, at=1_764_000_201, who="ci", commit="3ab1f20")
FORCED = Promotion("ft:new", MODEL, None, "ci", "", "d16e57", "forced", "it is only a demo")
ALIAS = Alias("ft:new", "jobs.support-bot", FINGERPRINT, history=(FIRST, FORCED))
EXPECTED = State(
    "0d9c1f1e-0000-4000-8000-000000000000",
    "support-bots/prod",
    serial=7,
    epoch=9,
    write_id="77aa1c9e-0000-4000-8000-000000000002",
    endpoint=("https://api.openai.com/v1", "org-acme", "proj_1"),
    records={TRAIN: FILE, FAQ: replace(ODD, imported=True), BOT: JOB},
    pending={INTENT.op: INTENT},
    deposed={
        "file-old": Deposed("file-old", TRAIN),
        "ftjob-old": Deposed("ftjob-old", BOT, ("file-old",), FINGERPRINT, Attempt(2, 2)),
    },
    cancelled=("ftjob-b", "ftjob-a"),
    quiet_until=1_764_000_300,
    since=1_763_000_000,
    kept=("file-kept", "ftjob-kept"),
    holding=("ftjob-8Kd2QmVx",),
    reviewed=REVIEW,
    aliases={PROD: ALIAS, OLD: Alias()},
    checked=(CHECKED,),
    released=("ft:given-up",),
)
ENTRIES: tuple[Entry, ...] = (
    Begin(Intent("op-2", BOT, FINGERPRINT)),
    Begin(INTENT),
    Retire("ftjob-old", BOT, is_cancel=True),
    Retire("file-old", TRAIN),
    Put(BOT, JOB, "op-2", depose=True),
    Depose(Deposed("file-late", TRAIN, ("x",)), "op-3"),
    Gone("ftjob-old"),
    Move(BOT, Address("jobs", "renamed")),
    Clear("op-4", "a complete list lacks it"),
    REVIEW,
    Hold("ftjob-8Kd2QmVx", BOT, is_pause=True),
    Gone("file-kept", is_kept=True),
    Promote(PROD, Alias("ft:pinned", pinned=True, history=(FORCED,))),
    Release(OLD),
    CHECKED,
)


def kept(version: int) -> tuple[bytes, list[bytes]]:
    """The document of a format, and the lines of its journal."""
    journal = (FOLDER / f"{version}.journal").read_bytes()
    return (FOLDER / f"{version}.json").read_bytes(), journal.splitlines()


def known(version: int) -> State:
    """What a format could say: in the first one writes had no names, and nothing was reviewed.

    Up to the second one nothing said since when a state knows, nor what stays on purpose; up to the
    third one there were no aliases.
    """
    bare = {old.id: Deposed(old.id, old.address, old.reads) for old in EXPECTED.deposed.values()}
    first = {
        "deposed": bare,
        "epoch": 0,
        "write_id": "",
        "cancelled": ("ftjob-a", "ftjob-b"),
        "reviewed": None,
    }
    third: dict[str, Any] = {"aliases": {}, "checked": (), "released": ()}
    second = {**third, "since": None, "kept": (), "holding": ()}
    changed: dict[int, dict[str, Any]] = {1: {**second, **first}, 2: second, 3: third}
    values = {name: getattr(EXPECTED, name) for name in State.__struct_fields__}
    return State(**values | changed.get(version, {}))


@pytest.mark.parametrize("version", range(1, FORMAT + 1))
def test_a_state_of_any_format_is_read(version: int) -> None:
    """With its journal, whose entries have the format of the checkpoint they follow."""
    document, lines = kept(version)
    assert format_of(document) == version
    assert decode(document, shown="x") == known(version)
    entries = decode_journal(lines, name_of(document), shown="x", version=version)
    assert entries == ENTRIES[: len(lines)]


def test_every_format_leads_to_the_present_one() -> None:
    """No step is missing, and of each format there is a state to prove it."""
    assert [*MIGRATIONS] == [*range(1, FORMAT)]
    assert {path.stem for path in FOLDER.iterdir()} == {str(n) for n in range(1, FORMAT + 1)}


def test_the_present_format_is_written_as_it_was() -> None:
    """What is written differently is another format: raise it, and keep a state of it here."""
    document, lines = kept(FORMAT)
    now, then = json.loads(encode(EXPECTED)), json.loads(document)
    assert now.pop("writer") == __version__
    assert [*now.items()][1:] == [(k, v) for k, v in then.items() if k != "writer"][1:]
    if then["writer"] == __version__:
        assert encode(EXPECTED) == document
    assert [encode_entries([entry], name_of(document)) for entry in ENTRIES] == lines
