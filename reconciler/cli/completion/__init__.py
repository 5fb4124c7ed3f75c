"""Completion of a word in four shells.

`reconciler completion SHELL` prints a script (`scripts/`) that the shell keeps. At each TAB it
calls us with the line up to the cursor in the environment; `answer` finds what may stand there, by
click's own rules and the types of `cli/values.py`, and `shells.py` writes it as the shell wants it.
"""

VARIABLE = "_RECONCILER_COMPLETE"
"""Set by a script where a word is to be completed: `bash_complete`."""

SCRIPTS = {
    "bash": "reconciler.bash",
    "zsh": "reconciler.zsh",
    "fish": "reconciler.fish",
    "powershell": "reconciler.ps1",
}
"""Shell → the file of what it keeps."""


def script(shell: str) -> str:
    """What a shell keeps; it ends with a line feed."""
    from importlib.resources import files  # noqa: PLC0415  # only to print one

    return files(__name__).joinpath("scripts", SCRIPTS[shell]).read_text("utf-8")
