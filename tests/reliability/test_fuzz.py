"""T10 in short; what was once found; and a reader that breaks, hangs or swells is seen."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reliability.fuzz import REGRESSIONS, run
from tests.reliability.fuzz_worker import tried
from tests.reliability.report import Profile
from tests.reliability.targets import TARGETS, Target, made, survive

FOUND = [json.loads(line) for line in REGRESSIONS.read_text("utf-8").splitlines()]


def test_only_declared_errors_come_of_anything() -> None:
    """Manifests, states, journals, plans, datasets, answers, streams, connections, locks."""
    result = run(Profile.QUICK)
    assert not result.violations, "\n".join(result.violations)


@pytest.mark.parametrize("case", FOUND, ids=lambda case: case["was"])
def test_what_was_once_found(case: dict[str, str], tmp_path: Path) -> None:
    """It is read or refused, for good."""
    survive(case["target"], tmp_path, case["kind"], case["data"].encode("latin-1"))


def test_the_same_numbers_give_the_same_input() -> None:
    """On any machine: no set, no clock, no hash decides."""
    for name in TARGETS:
        assert made(name, 7, 3) == made(name, 7, 3)
        assert made(name, 7, 3) != made(name, 8, 4)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@settings(max_examples=30)
@given(st.sampled_from(sorted(TARGETS)), st.binary() | VALUES.map(lambda v: json.dumps(v).encode()))
def test_what_resembles_nothing(name: str, data: bytes) -> None:
    """Bytes and values that no sample led to; hypothesis makes what it finds small."""
    with TemporaryDirectory() as folder:
        survive(name, Path(folder), min(TARGETS[name].samples()), data)


def told(read: object, tmp_path: Path) -> dict[str, object]:
    """What is told of an input that is read so."""
    target = Target(read, TARGETS["holder"].samples, 1)  # type: ignore[arg-type]  # a fake
    with patch.dict(TARGETS, {"holder": target}):
        return tried(tmp_path, "holder", 1, 1)


def test_a_reader_that_breaks_is_seen(tmp_path: Path) -> None:
    """By the error that it raised, which nobody declared."""

    def breaks(*_: object) -> None:
        raise KeyError("x")

    assert str(told(breaks, tmp_path)["wrong"]).startswith("KeyError")


def test_a_reader_that_takes_long_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Time and memory have their limits."""
    monkeypatch.setattr("tests.reliability.fuzz_worker.MOST_SECONDS", -1)
    assert "took" in str(told(lambda *_: None, tmp_path)["wrong"])
    monkeypatch.setattr("tests.reliability.fuzz_worker.MOST_SECONDS", 1)
    monkeypatch.setattr("tests.reliability.fuzz_worker.MOST_MEMORY", 0)
    assert "MiB are used" in str(told(lambda *_: None, tmp_path)["wrong"])
