import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.api.landing import landing
from reconciler.errors import ReconcilerError, Refusal

NEW, OLD = b"new bytes", b"old bytes"


def land(
    target: Path, *, overwrite: bool = False, meanwhile: Callable[[], object] = lambda: None
) -> None:
    """A file that arrives whole, unless something happens meanwhile."""
    with landing(target, overwrite=overwrite) as sink:
        sink.write(NEW)
        meanwhile()


def only(folder: Path) -> dict[str, bytes]:
    """All that is in a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_file_appears_with_its_last_byte(tmp_path: Path) -> None:
    """Nothing has its name before, and nothing is left beside it after."""
    target = tmp_path / "metrics.csv"
    with landing(target, overwrite=False) as sink:
        sink.write(NEW)
        sink.flush()
        assert not target.exists()
        assert len(only(tmp_path)) == 1
    assert only(tmp_path) == {"metrics.csv": NEW}
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(target.stat().st_mode) == 0o666 & ~umask


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("error", [ReconcilerError("no"), KeyboardInterrupt(), ValueError()])
def test_an_error_leaves_nothing(tmp_path: Path, error: BaseException, *, overwrite: bool) -> None:
    """Half a file is no file, and what was there before stays."""
    target = tmp_path / "metrics.csv"
    before = {"metrics.csv": OLD} if overwrite else {}
    for name, content in before.items():
        (tmp_path / name).write_bytes(content)

    def fail() -> None:
        raise error

    with pytest.raises(type(error)):
        land(target, overwrite=overwrite, meanwhile=fail)
    assert only(tmp_path) == before


def test_what_exists_is_replaced_only_on_demand(tmp_path: Path) -> None:
    """The refusal comes before a byte is asked for."""
    target = tmp_path / "metrics.csv"
    target.write_bytes(OLD)
    with pytest.raises(Refusal, match="exists"), landing(target, overwrite=False):
        pytest.fail("the block is not entered")
    assert only(tmp_path) == {"metrics.csv": OLD}
    land(target, overwrite=True)
    assert only(tmp_path) == {"metrics.csv": NEW}


def test_what_came_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    """The file of somebody else wins over the one that comes later."""
    target = tmp_path / "metrics.csv"
    with pytest.raises(Refusal, match="exists"):
        land(target, meanwhile=lambda: target.write_bytes(OLD))
    assert only(tmp_path) == {"metrics.csv": OLD}


@pytest.mark.parametrize("meanwhile", [False, True])
def test_a_file_system_without_links_is_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, meanwhile: bool
) -> None:
    """A rename takes the place of the link, after another look."""

    def refuse(self: Path, target: Path) -> None:
        raise OSError(errno.ENOTSUP, "Operation not supported")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    target = tmp_path / "metrics.csv"
    if not meanwhile:
        land(target)
        assert only(tmp_path) == {"metrics.csv": NEW}
        return
    with pytest.raises(Refusal):
        land(target, meanwhile=lambda: target.write_bytes(OLD))
    assert only(tmp_path) == {"metrics.csv": OLD}


def test_a_link_is_never_followed(tmp_path: Path) -> None:
    """Neither to a file nor to nowhere: the bytes land where the name says."""
    secret, link = tmp_path / "secret", tmp_path / "link"
    secret.write_bytes(OLD)
    for aim in (secret, tmp_path / "nowhere"):
        link.symlink_to(aim)
        with pytest.raises(Refusal, match="exists"):
            land(link)
        land(link, overwrite=True)
        assert not link.is_symlink()
        assert only(tmp_path) == {"secret": OLD, "link": NEW}
        link.unlink()


@pytest.mark.parametrize("name", [".", "..", "sub", ""])
def test_a_folder_is_no_place_for_a_file(tmp_path: Path, name: str) -> None:
    """It is refused, also with leave to overwrite."""
    (tmp_path / "sub").mkdir()
    with pytest.raises(Refusal, match="is a folder"):
        land(tmp_path / name, overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["sub"]


def test_a_device_is_not_replaced(tmp_path: Path) -> None:
    """Nor a pipe, whose place a file would take."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Refusal, match="is no file"):
        land(tmp_path / "pipe", overwrite=True)
    assert (tmp_path / "pipe").is_fifo()


@pytest.mark.parametrize("path", ["missing/x", "file/x", "x" * 300])
def test_a_place_that_cannot_be_written_is_told(tmp_path: Path, path: str) -> None:
    """With the path and the cause."""
    (tmp_path / "file").write_bytes(OLD)
    with pytest.raises(ReconcilerError, match="cannot be written") as caught:
        land(tmp_path / path, overwrite=True)
    assert caught.value.why
    assert only(tmp_path) == {"file": OLD}
