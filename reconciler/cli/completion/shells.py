"""How each shell says what is typed, and wants to be told what may stand there.

click's own classes, with scripts that hand on the line up to the cursor, because bash breaks words
at `=` and `:`, and with answers that stay one word: `[`, `]` and `,` mean something to all shells.
"""

import os
import re
from typing import Any, TypeAlias

from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
)

from reconciler.cli.completion import script
from reconciler.cli.completion.line import Line, parse

Item: TypeAlias = "CompletionItem[Any]"

_BASH_MEANS = re.compile(r"[^\w.:/@=+,-]", re.ASCII)
_POWERSHELL_TAKES = re.compile(r"[\w.:/+=-]+", re.ASCII)


class ByLine(ShellComplete):
    """A shell that hands on its line up to the cursor.

    Attributes:
        line: what was typed.
    """

    line = Line((), "", 0, "")

    def source(self) -> str:
        """What the shell keeps."""
        return script(self.name)

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words after the command's name, and the one that is typed."""
        self.line = self.read_line()
        return list(self.line.words[1:]), self.line.word

    def read_line(self) -> Line:
        """The line, from the environment."""
        return parse(os.environ["COMP_LINE"], os.environ.get("COMP_WORDBREAKS", ""))

    def whole(self, item: Item) -> Item:
        """The item as a whole word: with `--target=` before it where that was typed."""
        option, equals, _ = self.line.word.partition("=")
        before = option + equals if equals and option.startswith("-") else ""
        return CompletionItem(before + item.value, item.type, " ".join((item.help or "").split()))


class Bash(ByLine, BashComplete):
    """bash completes from the last sign that breaks words, and takes the answer as it is."""

    def format_completion(self, item: Item) -> str:
        """Type, comma, and the rest of the word: escaped, unless a quote is open."""
        rest = self.whole(item).value[self.line.kept :]
        if not self.line.quote:
            rest = _BASH_MEANS.sub(r"\\\g<0>", rest)
        return f"{item.type},{rest}"


class Zsh(ByLine, ZshComplete):
    """zsh completes whole words, and quotes them itself."""

    def format_completion(self, item: Item) -> str:
        """Type, word and help, a line each."""
        return super().format_completion(self.whole(item))


class Fish(ByLine, FishComplete):
    """fish completes whole words, and quotes them itself."""

    def format_completion(self, item: Item) -> str:
        """`plain,jobs.bot`, a tab, its help."""
        return super().format_completion(self.whole(item))


class PowerShell(ByLine):
    """PowerShell completes whole words, hands on words, and takes the answer as it is."""

    name = "powershell"

    def read_line(self) -> Line:
        """The words before the one that is typed, a line each; that one with its open quote."""
        words, word = os.environ["COMP_WORDS"], os.environ.get("COMP_WORD", "")
        return Line(tuple(words.split("\n")), word.strip("'\""), 0, "")

    def format_completion(self, item: Item) -> str:
        """Type, word in quotes if it needs them, and help, a line each; `_` is no help."""
        whole = self.whole(item)
        plain = _POWERSHELL_TAKES.fullmatch(whole.value)
        return "\n".join(
            (item.type, whole.value if plain else f"'{whole.value}'", whole.help or "_")
        )


def register() -> None:
    """Let click speak to these shells in our way."""
    for shell in (Bash, Zsh, Fish, PowerShell):
        add_completion_class(shell)
