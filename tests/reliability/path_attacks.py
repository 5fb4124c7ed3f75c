"""Paths that a pull request may write to reach what is not its own, and the verdict on each."""

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from tests.support.cli import dataset

SECRET = "the-secret-that-lies-outside"
"""Stands in every file that no attack may read."""

Role = Literal["dataset", "include", "state"]
"""What a manifest names a path for."""

ROLES: tuple[Role, ...] = get_args(Role)

Lay = Callable[[Path], object]
"""Lays out in the project's folder what an attack needs."""


class PathAttack(NamedTuple):
    """What the manifest says. As what is named in `own` it may be used: it is the project's own."""

    name: str
    text: str
    lay: Lay = lambda _: None
    own: tuple[Role, ...] = ()


def layout(folder: Path) -> Path:
    """A project's folder with a dataset, beside one with secrets; the former is returned."""
    root, outside = folder / "repo", folder / "outside"
    for where, text in ((root / "data", dataset(12)), (outside, dataset(12, SECRET))):
        where.mkdir(parents=True)
        (where / "train.jsonl").write_text(text)
        (where / "state.json").write_text(text)
    (outside / "more.yaml").write_text(f"files: {{{SECRET}: {{path: x}}}}\n")
    (root / ".git").mkdir()
    (root / ".git" / "config").write_text(dataset(12, SECRET))
    (root / ".git" / "x.json").write_text(SECRET)
    return root


def link(name: str, to: str) -> Lay:
    """A symbolic link in the folder."""

    def lay(root: Path) -> None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).symlink_to(to)

    return lay


def all_of(*steps: Lay) -> Lay:
    """One after the other."""
    return lambda root: [step(root) for step in steps]


def listening(root: Path) -> None:
    """A socket in the folder."""
    with socket.socket(socket.AF_UNIX) as made:
        there = Path.cwd()
        os.chdir(root)  # the name of a socket may have 107 bytes
        try:
            made.bind("socket.json")
        finally:
            os.chdir(there)


def has(name: str) -> Lay:
    """A dataset of this name in the folder."""

    def lay(root: Path) -> None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(dataset(12))

    return lay


READ: tuple[Role, ...] = ("dataset", "include")
LITERAL: tuple[Role, ...] = ("state",)
"""Of a name that only looks like a way out: a new state may be called so."""

OUT = "../outside/state.json"
ATTACKS = [
    PathAttack("up and out", OUT),
    PathAttack("up and out from a folder", f"data/../{OUT}"),
    PathAttack("up and out through what is missing", f"no/../{OUT}"),
    PathAttack("up from here", f"./././{OUT}"),
    PathAttack("up by doubled slashes", "..//outside//state.json"),
    PathAttack("up further than there is", "../" * 40 + "etc/passwd"),
    PathAttack("up and in again by name", "../repo/data/train.jsonl", own=READ),
    PathAttack("the folder above", ".."),
    PathAttack("this folder", "."),
    PathAttack("a folder", "data"),
    PathAttack("a folder with a slash", "data/"),
    PathAttack("a file with a slash", "data/train.jsonl/", own=READ),
    PathAttack("below a file", "data/train.jsonl/.", own=READ),
    PathAttack("above a file", "data/train.jsonl/../state.json", own=("dataset",)),
    PathAttack("nothing", ""),
    PathAttack("a space", " "),
    PathAttack("the root", "/"),
    PathAttack("an absolute path", "/etc/passwd"),
    PathAttack("two slashes", "//etc/passwd"),
    PathAttack("an absolute path to a state", "/etc/state.json"),
    PathAttack("a URL", "file:///etc/passwd"),
    PathAttack("a URL with a host", "https://evil.example/train.jsonl"),
    PathAttack("a share", "\\\\evil\\share\\train.jsonl"),
    PathAttack("a drive", "C:\\secrets\\train.jsonl"),
    PathAttack("backslashes", "..\\outside\\state.json", own=LITERAL),
    PathAttack("percent signs", "%2e%2e/outside/state.json", own=LITERAL),
    PathAttack("percent signs twice", "%252e%252e%252foutside/state.json", own=LITERAL),
    PathAttack("too many dots", "..../outside/state.json", own=LITERAL),
    PathAttack("dots and a semicolon", "..;/outside/state.json", own=LITERAL),
    PathAttack("wide dots", "\uff0e\uff0e/outside/state.json", own=LITERAL),
    PathAttack("a two dot leader", "\u2025/outside/state.json", own=LITERAL),
    PathAttack("a division slash", "..\u2215outside\u2215state.json", own=LITERAL),
    PathAttack("zero width within dots", ".\u200b./outside/state.json"),
    PathAttack("a home", "~/.ssh/state.json", own=LITERAL),
    PathAttack("somebody's home", "~root/state.json", own=LITERAL),
    PathAttack("a variable", "$HOME/state.json", own=LITERAL),
    PathAttack("a variable in braces", "${HOME}/state.json"),
    PathAttack("a command", "$(cat /etc/passwd).json", own=LITERAL),
    PathAttack("a pattern", "data/*.jsonl", own=("include",)),
    PathAttack("a set", "{data,../outside}/state.json", own=LITERAL),
    PathAttack("a NUL", "data/train.jsonl\0.json"),
    PathAttack("a NUL and a way out", f"{OUT}\0"),
    PathAttack("a line feed", "data\n/state.json"),
    PathAttack("an escape sequence", "\x1b[2Jstate.json"),
    PathAttack("right to left", "\u202enosj.etats/atad.json"),
    PathAttack("a name too long", f"{'x' * 300}.json"),
    PathAttack("a path too long", f"{'x/' * 3000}state.json"),
    PathAttack("a lone surrogate", "\udcff.json"),
    PathAttack("the environment of this process", "/proc/self/environ"),
    PathAttack("a way through this process", "/proc/self/root/etc/passwd"),
    PathAttack("the folder of this process", "/proc/self/cwd/../outside/state.json"),
    PathAttack("a descriptor", "/proc/self/fd/0"),
    PathAttack("standard input", "/dev/stdin"),
    PathAttack("an endless device", "/dev/zero"),
    PathAttack("no device", "/dev/null"),
    PathAttack("the repository", ".git/config"),
    PathAttack("a state in the repository", ".git/x.json"),
    PathAttack("the repository in capitals", ".GIT/config", has(".GIT/config")),
    PathAttack("a state in it", ".Git/y.json", has(".Git/config")),
    PathAttack("a repository within", "sub/.git/config", has("sub/.git/config")),
    PathAttack("the repository by its short name", "GIT~1/config", has("GIT~1/config")),
    PathAttack("the repository to a Mac", ".g\u200cit/config", has(".g\u200cit/config")),
    PathAttack("through the repository", ".git/../data/train.jsonl", own=READ),
    PathAttack("a repository's file", "sub/.git", has("sub/.git")),
    PathAttack("a link out", "link.json", link("link.json", OUT)),
    PathAttack("a link to a folder outside", "link/state.json", link("link", "../outside")),
    PathAttack("an absolute link", "link.json", link("link.json", "/etc/passwd")),
    PathAttack("a link to a link", "a.json", all_of(link("a.json", "b"), link("b", OUT))),
    PathAttack("a link to itself", "a.json", link("a.json", "a.json")),
    PathAttack("a ring of links", "a.json", all_of(link("a.json", "b"), link("b", "a.json"))),
    PathAttack("a link to nothing outside", "a.json", link("a.json", "../outside/new.json")),
    PathAttack("a folder that leads nowhere outside", "a/b.json", link("a", "../outside/new")),
    PathAttack("a link into the repository", "a.json", link("a.json", ".git/config")),
    PathAttack("a link to the repository", "a/x.json", link("a", ".git")),
    PathAttack("a link to a process", "a.json", link("a.json", "/proc/self/environ")),
    PathAttack("a link to a device", "a.json", link("a.json", "/dev/zero")),
    PathAttack("a link by way of a link", "a/../outside/state.json", link("a", "data"), LITERAL),
    PathAttack("a link that stays", "a.jsonl", link("a.jsonl", "data/train.jsonl"), READ),
    PathAttack("a folder's link that stays", "a/train.jsonl", link("a", "data"), READ),
    PathAttack("a pipe", "pipe.json", lambda root: os.mkfifo(root / "pipe.json")),
    PathAttack("a socket", "socket.json", listening),
    PathAttack("a folder called a file", "a.json", lambda root: (root / "a.json").mkdir()),
    PathAttack("the manifest itself", "reconciler.yaml", own=("dataset",)),
    PathAttack("a dataset as a state", "data/state.json", own=READ),
    PathAttack("a state that is new", "state/new.json", own=LITERAL),
    PathAttack("a dataset", "data/train.jsonl", own=READ),
]  # fmt: skip
