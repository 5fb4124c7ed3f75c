"""What is said to somebody who leaves at once."""

import signal
from collections.abc import Callable

import pytest

from reconciler.cli.out import Out
from reconciler.cli.verbs.stop import Stop
from reconciler.errors import ExitCode


@pytest.mark.parametrize(
    ("is_written", "said"),
    [
        (lambda: True, "The journal has every step; run apply to go on."),
        (lambda: False, "The journal could not be written; run apply: it finds what was made."),
    ],
)
def test_left_at_once(
    is_written: Callable[[], bool],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Only what is so."""
    codes: list[int] = []
    monkeypatch.setattr("os._exit", codes.append)
    stop = Stop(Out())
    stop.vouches(is_written)
    stop._leave(signal.SIGINT)  # the thread that waits for it would end the tests
    assert codes == [ExitCode.INTERRUPTED]
    assert capsys.readouterr().err == f"Left at once. {said}\n"
