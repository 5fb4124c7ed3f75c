"""T12 in short; and the judge of its outputs knows a broken one when it sees it."""

from pathlib import Path

import pytest

from tests.reliability.alone import alone
from tests.reliability.hostile import CHANNELS, joined, judged, played, run
from tests.reliability.report import Profile
from tests.reliability.stage import Tried
from tests.support.attacks import TEXTS
from tests.support.cli import Said


def test_nobody_obeys_what_others_wrote() -> None:
    """No text acts, no path leads out, and every collected input has its verdict."""
    result = run(Profile.QUICK)
    assert not result.violations, "\n".join(result.violations)
    assert result.figures["channels"] == len(CHANNELS)


def test_few_texts_hold_them_all() -> None:
    """The quick profile leaves no text out, and each that must begin a line does."""
    few = joined(list(TEXTS.values()))
    assert all(any(text in one for one in few) for text in TEXTS.values())
    starts = [text for text in TEXTS.values() if text.lstrip().startswith("::")]
    assert all(any(one.startswith(text) for one in few) for text in starts)


@pytest.mark.parametrize(
    "line", ["::error::x", "\x1b[8mx", "a\x9bb", "error: forged", "this is a bug"]
)
def test_what_is_obeyed_is_told(line: str) -> None:
    """An output that acts is a violation that names its command."""
    (wrong,) = judged(Tried(("plan",), Said(0, f"Plan\n{line}\n", "")))
    assert wrong.startswith("'plan' ")


def test_a_channel_that_is_open_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were one output not made inert, the programme would tell."""
    monkeypatch.setattr("reconciler.cli.out.inert", lambda line: line)
    monkeypatch.setattr("reconciler.cli.out.visible", lambda text: text)
    with alone(tmp_path):
        verdicts = list(
            played(tmp_path, {"complaints": ["::error::x"], "arguments": ["::error::x"]})
        )
    assert any(verdicts)
