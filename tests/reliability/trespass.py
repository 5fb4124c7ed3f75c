"""Path attacks on the real commands: nothing outside is read, shown, written or waited for."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from unittest.mock import patch

from reconciler.cli.verbs.converge import Converging
from reconciler.errors import ExitCode
from reconciler.manifest.fence import Fence
from tests.reliability.path_attacks import ATTACKS, ROLES, SECRET, PathAttack, Role, layout
from tests.reliability.report import Profile
from tests.reliability.stage import can_be_typed
from tests.support.cli import Project, Said, dataset

CLOSED = {"path-outside", "forbidden-path", "bad-path", "not-a-file", "unreadable", "wrong-length",
          "missing-dataset", "missing-include", "unreadable-manifest", "bad-reference",
          "host-not-allowed", "bad-dataset-url"}  # fmt: skip
"""What is said of a path that is not opened."""

SECTIONS: dict[Role, Callable[[str], dict[str, object]]] = {
    "dataset": lambda text: {"files": {"train": {"path": text}}},
    "include": lambda text: {"include": [text]},
    "state": lambda text: {"state": {"backend": text}},
}


def played(folder: Path, profile: Profile) -> Iterator[list[str]]:
    """What is wrong with each attack in each role; in the quick profile in one role each."""
    for number, attack in enumerate(ATTACKS):
        roles = ROLES if profile > Profile.QUICK else (ROLES[number % len(ROLES)],)
        for role in roles:
            yield list(_play(folder / f"{number}-{role}", attack, role))


def _play(folder: Path, attack: PathAttack, role: Role) -> Iterator[str]:
    root = layout(folder)
    attack.lay(root)
    made = Project(root)
    own = {"train": {"path": "data/train.jsonl"}}
    made.save(version=1, project="demo", provider={"kind": "sandbox"}, files=own)
    made.save(**SECTIONS[role](attack.text))
    closed = [root.parent / "outside", root / ".git"]
    before = [snapshot(each) for each in closed]
    said = made.attempt(*(("apply", "--yes") if role == "state" else ("--json", "validate")))
    called = f"as {role} {attack.name} ({attack.text[:60]!r})"
    if is_used(said, role) != (role in attack.own):
        yield f"{called} was {'used' if is_used(said, role) else 'refused'}: {said.all[:300]}"
    if SECRET in said.all or "this is a bug" in said.all:
        yield f"{called} shows what it must not: {said.all[:300]}"
    if [snapshot(each) for each in closed] != before:
        yield f"{called} changed what is not the project's"


TYPED = (("plan", "--out"), ("apply",), ("files", "content", "file-1", "-o"))
"""What takes a path that a person types: they may name any place, and nothing there is harmed."""


def typed(folder: Path, profile: Profile) -> Iterator[list[str]]:
    """The same texts as paths of the command line; in the quick profile each in one place."""
    known = (each for each in ATTACKS if can_be_typed(each.text))
    attacks = [attack for attack in known if not attack.text.startswith("/etc/state")]
    for number, attack in enumerate(attacks):
        commands = TYPED if profile > Profile.QUICK else (TYPED[number % len(TYPED)],)
        for place, command in enumerate(commands):
            yield list(_type(folder / f"{number}-{place}", attack, command))


def _type(folder: Path, attack: PathAttack, command: tuple[str, ...]) -> Iterator[str]:
    made = Project(layout(folder))
    attack.lay(made.root)
    files = {"train": {"path": "data/train.jsonl"}}
    made.save(version=1, project="demo", provider={"kind": "sandbox"}, files=files)
    before = contents(folder)
    said = made.attempt(*command, attack.text)
    called = f"{' '.join(command)} {attack.name} ({attack.text[:60]!r})"
    if harmed := [path for path, data in before.items() if contents(folder).get(path) != data]:
        yield f"{called} changed {harmed}: {said.all[:300]}"
    if SECRET in said.all or "this is a bug" in said.all:
        yield f"{called} shows what it must not: {said.all[:300]}"


def contents(folder: Path) -> dict[Path, bytes]:
    """Every regular file below a folder."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return {path: path.read_bytes() for path in files}


def is_used(said: Said, role: Role) -> bool:
    """Whether the path was opened for what it was named for."""
    if role == "state":
        return said.code == 0
    told = json.loads(said.out) if said.out.startswith("{") else {"problems": []}
    found = {(p["code"], p.get("file")) for p in told["problems"]}
    return not {code for code, _ in found} & CLOSED and ("not-yaml", "reconciler.yaml") not in found


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every name in a folder, with its time and what is in it."""
    files = sorted(folder.rglob("*"))
    return {str(f): (f.lstat().st_mtime_ns, f.read_bytes() if f.is_file() else b"") for f in files}


def swapped(folder: Path) -> Iterator[list[str]]:
    """The same where something takes a file's place after it was looked at."""
    for number, (name, swap) in enumerate(SWAPS.items()):
        made = Project(layout(folder / str(number)))
        train = made.root / "data/train.jsonl"
        files = {"train": {"path": "data/train.jsonl"}}
        made.save(version=1, project="demo", provider={"kind": "sandbox"}, files=files)
        with after(Fence, "confine", partial(swap, train)):
            said = made.attempt("--json", "validate")
        is_read = said.code != ExitCode.INVALID or SECRET in said.all
        yield [f"{name} in a dataset's place: {said.code}, {said.all[:300]}"] if is_read else []
        put_back(train)
        with after(Converging, "review", partial(swap, train)):
            said = made.attempt("apply", "--yes")
        is_sent = said.code == ExitCode.DONE or SECRET.encode() in bytes_below(made.root / "state")
        yield [f"{name} before an upload: {said.code}, {said.all[:300]}"] if is_sent else []


def put_back(path: Path) -> None:
    """A dataset of our own, whatever stands in its place."""
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    path.unlink(missing_ok=True)
    path.write_text(dataset(12))


def bytes_below(folder: Path) -> bytes:
    """Everything in the files of a folder."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def pipe(path: Path) -> None:
    """A pipe that nobody writes to."""
    path.unlink()
    os.mkfifo(path)


def leads_out(path: Path) -> None:
    """A link to a secret."""
    path.unlink()
    path.symlink_to("../../outside/train.jsonl")


def leads_to_itself(path: Path) -> None:
    """A link that leads nowhere."""
    path.unlink()
    path.symlink_to(path.name)


def folder_in_place(path: Path) -> None:
    """A folder of the same name."""
    path.unlink()
    path.mkdir()


SWAPS: dict[str, Callable[[Path], None]] = {
    "a link out": leads_out,
    "a ring": leads_to_itself,
    "a pipe": pipe,
    "a folder": folder_in_place,
    "nothing": Path.unlink,
}


@contextmanager
def after(owner: type, name: str, then: Callable[[], object]) -> Iterator[None]:
    """Each call of a method is followed by something else that happens on the disk, once."""
    real, done = getattr(owner, name), list[bool]()

    def wrapped(*args: object, **kwargs: object) -> object:
        found = real(*args, **kwargs)
        if not done:
            done.append(True)
            then()
        return found

    with patch.object(owner, name, wrapped):
        yield
