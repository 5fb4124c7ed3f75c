"""The repository's own folder: a checkout's `.git` holds the runner's token, and hooks that run."""

import re

# Windows keeps a short name of each; a Mac's file system looks past what does not show.
_SHORT = re.compile(r"git~\d+")


def is_gitdir(name: str) -> bool:
    """Whether some file system takes one part of a path for `.git`."""
    if name.isascii() and name.isprintable() and "git" not in name.lower():
        return False  # nearly all of them, in a fifth of the time
    shown = "".join(filter(str.isprintable, name)).casefold().rstrip(" .")
    return shown == ".git" or _SHORT.fullmatch(shown) is not None
