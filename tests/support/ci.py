"""What a terminal and the CI systems obey in a line of a log, read as they read it."""

import re
import unicodedata

OURS = re.compile(r"\x1b\[(?:0|1|2|31|32|33|36)m")
"""The colours of our own output."""

COMMANDS = {
    # actions/runner, ActionCommand.TryParseV2: trimmed, and then at the beginning of the line.
    "GitHub command": re.compile(r"\s*::\s*[^:]*"),
    # ActionCommand.TryParse, and the same in Azure's agent: anywhere in the line.
    "GitHub or Azure command": re.compile(r".*##(?:vso)?\["),
    "TeamCity command": re.compile(r".*##teamcity\["),
    "GitLab section": re.compile(r".*section_(?:start|end):\d+:[\w.-]+\r\x1b\[0K"),
    "Travis fold": re.compile(r".*travis_fold:(?:start|end):[\w.-]+\r"),
    "SGR other than ours": re.compile(r".*\x1b\[[\d;:]*m"),
}

INVISIBLE = {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0}


def obeyed(line: str) -> list[str]:
    """What of a line of output is more than text, in words; nothing where it is harmless."""
    bare = OURS.sub("", line)
    found = [name for name, pattern in COMMANDS.items() if pattern.match(bare)]
    return found + [f"{name} {ord(c):04x}" for c in bare if (name := _unshown(c))]


def _unshown(character: str) -> str:
    """The category of what does not show in its place."""
    category = unicodedata.category(character)
    is_seen = category[0] not in "CZ" and ord(character) not in INVISIBLE
    return "" if is_seen or character == " " else category
