"""T12: text, paths and files that others wrote to do harm, against everything that reads them.

Texts go through every channel by which somebody else's words reach an output, and each line of the
output is read as a terminal and the CI systems read it. Paths are played on datasets, includes and
states. The inputs that others collected have a verdict each.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.reliability import channels_api, channels_here, corpora, trespass
from tests.reliability.alone import alone
from tests.reliability.report import Profile, Result
from tests.reliability.stage import AT_A_TERMINAL, Attacks, Shown, Stage, Tried
from tests.support.attacks import FORGED, TEXTS
from tests.support.ci import obeyed

Channel = Callable[[Stage, Attacks], Shown]

CHANNELS: Mapping[str, Channel] = {
    channel.__name__: channel
    for channel in (
        channels_api.lists,
        channels_api.objects,
        channels_api.complaints,
        channels_api.failed_changes,
        channels_api.gateways,
        channels_api.lives,
        channels_api.answers,
        channels_api.terminals,
        channels_api.contents,
        channels_here.names,
        channels_here.values,
        channels_here.rows,
        channels_here.file_names,
        channels_here.variables,
        channels_here.arguments,
        channels_here.stored,
    )
}

ROOMY = frozenset({"lists", "objects", "failed_changes", "rows"})
"""Channels that take any number of texts in one command."""

LONGEST = 70
"""Characters of a text that several attacks share: no channel cuts it."""

ANNOTATION = re.compile(r"::(?:error|warning) (?:file=[^:,]*,line=\d+,col=\d+,)?title=[a-z0-9-]+::")


@dataclass
class Tally:
    """What was tried, and what of it broke a promise."""

    cases: int = 0
    figures: dict[str, int] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)

    def add(self, what: str, verdicts: Iterable[Sequence[str]]) -> None:
        """Count the cases of a part, each with what is wrong with it."""
        found = [list(verdict) for verdict in verdicts]
        self.cases += len(found)
        self.figures[what] = len(found)
        self.violations += [f"{what}: {wrong}" for verdict in found for wrong in verdict]


def run(profile: Profile) -> Result:
    """Every channel, path and input; in the quick profile with few texts at a time."""
    tally = Tally()
    with TemporaryDirectory() as folder, alone(Path(folder)):
        place = Path(folder)
        tally.add("outputs", outputs(place / "channels", profile))
        tally.add("path attacks", trespass.played(place / "paths", profile))
        tally.add("typed paths", trespass.typed(place / "typed", profile))
        tally.add("swaps", trespass.swapped(place / "swaps"))
        tally.add("collected inputs", corpora.judged())
        if profile > Profile.QUICK:
            naughty = corpora.naughty()
            tally.add("naughty outputs", played(place / "naughty", dict.fromkeys(ROOMY, naughty)))
    figures = {"texts": len(TEXTS), "channels": len(CHANNELS), **tally.figures}
    return Result("T12", "text, paths and files to do harm", tally.cases, figures, tally.violations)


def outputs(folder: Path, profile: Profile) -> Iterator[list[str]]:
    """What is wrong with each output of every channel."""
    texts = list(TEXTS.values())
    if profile > Profile.QUICK:
        return played(folder, dict.fromkeys(CHANNELS, texts))
    few = joined(texts)
    chosen = {
        name: few if name in ROOMY else few[number % len(few) :][:1]
        for number, name in enumerate(CHANNELS)
    }
    return played(folder, chosen)


def joined(texts: Sequence[str]) -> list[str]:
    """Fewer texts that hold all of them; each begins as one of them does."""
    made: list[str] = []
    for text in sorted(texts, key=lambda text: not text.startswith(("::", "##", " ", "\t"))):
        room = [i for i, begun in enumerate(made) if len(begun) + len(text) <= LONGEST]
        if room and not text.lstrip().startswith("::"):
            made[room[0]] += text
        else:
            made.append(text)
    return made


def played(folder: Path, chosen: Mapping[str, Attacks]) -> Iterator[list[str]]:
    """What is wrong with each output of these channels."""
    for name, texts in chosen.items():
        for tried in CHANNELS[name](Stage(folder / name), texts):
            yield [f"{name}: {wrong}" for wrong in judged(tried)]


def judged(tried: Tried) -> Iterator[str]:
    """What of an output is more than text, a line a person would misread, or a bug."""
    command = " ".join(map(ascii, tried.command))[:160]
    is_github, is_terminal = "github" in tried.command, tried.command == AT_A_TERMINAL
    is_prose = is_terminal or "chat" in tried.command
    for line in tried.said.all.split("\n"):
        if is_github and (found := ANNOTATION.match(line)):
            line = line[found.end() :]  # noqa: PLW2901  # what stands in our own command
        if acts := [name for name in obeyed(line) if not is_terminal or "command" not in name]:
            yield f"{command} prints {line[:200]!a}: {', '.join(acts)}"
        if line[:8].strip() and line.strip().startswith(FORGED) and not is_prose:
            yield f"{command} lets somebody write a line: {line[:200]!a}"
    if "this is a bug" in tried.said.all or "Traceback (most" in tried.said.all:
        yield f"{command} fails on it: {tried.said.err[:300]!a}"
