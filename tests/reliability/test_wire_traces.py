"""What the command does over real HTTP, with a real state, is a path of the protocol's model."""

from pathlib import Path

import pytest

from tests.reliability.ground import ground
from tests.reliability.play import mend, prepare
from tests.reliability.scenarios import SCENARIOS
from tests.reliability.trace import check


@pytest.mark.parametrize("name", ["replace", "lost replies", "lost state and more"])
def test_what_the_command_does_is_a_path(name: str, tmp_path: Path) -> None:
    """From the first lock to the last list."""
    scenario = SCENARIOS[name]
    with ground(tmp_path) as here:
        prepare(here, scenario)
        assert not mend(here, scenario, at_once=True)
        seen = check(here.trace)
    assert seen["begin"] == seen["send"] > 0
    assert seen["load"] == seen["lock"] == seen["unlock"]
