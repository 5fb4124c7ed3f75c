"""T11 in short; and an endpoint that is believed shows what it was sent."""

from pathlib import Path

import pytest

from tests.reliability import channels_api
from tests.reliability.alone import alone
from tests.reliability.echoes import ECHOES, leaked, run
from tests.reliability.report import Profile
from tests.reliability.stage import Stage
from tests.support import canary


def test_no_secret_is_left_anywhere() -> None:
    """Whatever an endpoint repeats, and whichever variable holds a secret by mistake."""
    result = run(Profile.QUICK)
    assert not result.violations, "\n".join(result.violations)


def test_an_echo_that_comes_through_is_seen(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were the answers taken as they are, the programme would tell."""
    monkeypatch.setattr("reconciler.api.outcome.without_key", lambda body, key: body)
    folder: Path = tmp_path_factory.mktemp("apart")
    with alone(folder):
        _, violations = leaked(Stage(folder), channels_api.lives(Stage(folder), ECHOES[1:2]))
    canary.said.clear()
    assert "state shows the key end" not in violations
    assert "status shows the key end" in violations
    assert any(each.endswith("state/demo.json: the key end") for each in violations)
