"""What is kept between runs is never trusted blindly, and never missed."""

from pathlib import Path

import pytest

from reconciler.kept import keep, kept_file, recall

RULES = 3


def test_a_value_comes_back(tmp_path: Path) -> None:
    """As it was, by the same rules, and by no others."""
    file = tmp_path / "new" / "x.json"
    assert keep(file, RULES, {"a": [1, None, "é"]})
    assert recall(file, RULES) == {"a": [1, None, "é"]}
    assert recall(file, RULES + 1) is None
    assert recall(tmp_path / "none.json", RULES) is None


@pytest.mark.parametrize("at", range(0, 90, 7))
def test_a_damaged_file_is_nothing(tmp_path: Path, at: int) -> None:
    """Any byte that changed makes the whole untrusted; so does any that is missing."""
    file = tmp_path / "x.json"
    keep(file, RULES, list(range(10)))
    whole = file.read_bytes()
    file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    assert recall(file, RULES) is None
    file.write_bytes(whole[:at])
    assert recall(file, RULES) is None


def test_what_cannot_be_kept_is_said(tmp_path: Path) -> None:
    """A folder that cannot be made costs the file and nothing else."""
    (tmp_path / "x").write_bytes(b"a file where the folder should be")
    assert not keep(tmp_path / "x" / "y.json", RULES, 1)


def test_nobody_else_reads_it(tmp_path: Path) -> None:
    """Also where the folder was there before, and is open to all."""
    tmp_path.chmod(0o755)
    assert keep(tmp_path / "x.json", RULES, 1)
    assert (tmp_path / "x.json").stat().st_mode & 0o077 == 0


def test_each_folder_has_its_own_file(tmp_path: Path) -> None:
    """Below the user's cache folder, as XDG says, by folder and by what is kept."""
    home = {"HOME": "/home/ann"}
    file = kept_file(tmp_path, home, "digests")
    assert file.parent == Path("/home/ann/.cache/reconciler")
    assert kept_file(tmp_path, home | {"XDG_CACHE_HOME": "/c"}, "digests").parent.parent == Path(
        "/c"
    )
    assert kept_file(tmp_path, home | {"XDG_CACHE_HOME": "c"}, "digests") == file
    assert kept_file(tmp_path, {"HOME": ""}, "digests").is_absolute()
    assert kept_file(tmp_path / "other", home, "digests") != file
    assert kept_file(tmp_path, home, "manifest") != file
