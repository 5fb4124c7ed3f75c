"""T11: an endpoint that repeats every secret it can, variables that hold one by mistake.

The search for secrets in all that any test leaves is a fixture of every test (`tests/conftest.py`);
this plays the worst case on every channel, and searches outputs, states, journals and caches.
"""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.reliability import channels_api
from tests.reliability.alone import alone
from tests.reliability.report import Profile, Result
from tests.reliability.stage import Shown, Stage, each_way, tried
from tests.support.canary import AZURE_KEY, DSN, ENVIRONMENT, KEY, PASSWORD, leaks, leaks_below

ECHOES = [
    KEY,
    f"Incorrect API key provided: {KEY}. You can find yours at your endpoint.",
    f"headers: {{'Authorization': 'Bearer {KEY}'}}",
]
"""What an endpoint, or a gateway before it, says of the key that it was sent."""

CHANNELS = (
    channels_api.lists, channels_api.objects, channels_api.complaints, channels_api.failed_changes,
    channels_api.gateways, channels_api.lives, channels_api.answers, channels_api.terminals,
)  # fmt: skip

MISTAKES = {
    "OPENAI_BASE_URL": f"https://user:{KEY}@api.openai.com/v1",
    "RECONCILER_STATE": DSN,
    "OPENAI_API_KEY": f"{KEY}\n",
    "AZURE_OPENAI_API_KEY": f" {AZURE_KEY}",
    "HTTPS_PROXY": f"http://user:{PASSWORD}@127.0.0.1:9",
    "RECONCILER_ALLOWED_HOSTS": KEY,
}
"""Variables with a secret where none belongs, or not quite a secret."""

COMMANDS = (("plan",), ("state",), ("files",), ("validate",), ("status",), ("apply", "--yes"))
"""The first ones are tried by the quick profile."""

PROVIDERS: tuple[dict[str, str], ...] = (
    {"kind": "sandbox"},
    {"kind": "compatible"},
    {"kind": "azure", "base_url": "http://127.0.0.1:9/v1"},
)


def run(profile: Profile) -> Result:
    """Every channel and every mistake; in the quick profile with one echo and less commands."""
    is_quick = profile is Profile.QUICK
    with TemporaryDirectory() as folder, alone(Path(folder), ENVIRONMENT):
        stage = Stage(Path(folder))
        echoed = (channel(stage, ECHOES[1:2] if is_quick else ECHOES) for channel in CHANNELS)
        mistaken = mistakes(stage, COMMANDS[:2] if is_quick else COMMANDS)
        cases, violations = leaked(stage, chain(*echoed, mistaken))
    figures = {"secrets": len(ENVIRONMENT), "channels": len(CHANNELS), "mistakes": len(MISTAKES)}
    return Result("T11", "secrets in what is left", cases, figures, violations)


def leaked(stage: Stage, shown: Shown) -> tuple[int, list[str]]:
    """How many outputs there were, and what is found in them and in what the commands left."""
    cases, violations = 0, []
    for command, said in shown:
        cases += 1
        violations += [f"{' '.join(command)} shows {form}" for form in leaks(said.all)]
    return cases, violations + [f"left in {leak}" for leak in leaks_below(stage.root)]


def mistakes(stage: Stage, commands: Sequence[tuple[str, ...]]) -> Shown:
    """Each mistake in each command, at each kind of endpoint."""
    for provider in PROVIDERS:
        made = stage.project()
        made.save(provider=provider)
        for name, value in MISTAKES.items():
            for command in commands:
                yield tried(made, "-v", *command, **{name: value})
        yield from each_way(made, "plan")
