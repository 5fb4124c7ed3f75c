"""A URL of a manifest names a place and nothing else, and only where the operator allows it."""

from pathlib import Path

import pytest

from reconciler.backends import open_backend
from reconciler.backends.place import place_of
from reconciler.errors import Refusal, UsageError
from tests.support.canary import DSN, PASSWORD

LISTED = {"RECONCILER_ALLOWED_HOSTS": "db.example:5433, bucket-1"}


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("postgresql:///states", "postgresql:///states/bots.prod"),
        ("postgresql://localhost/states", "postgresql://localhost/states/bots.prod"),
        ("postgresql://[::1]:5432/states", "postgresql://[::1]:5432/states/bots.prod"),
        ("postgresql://ci@127.0.0.1/states", "postgresql://127.0.0.1/states/bots.prod"),
        ("postgresql://DB.example:5433/states", "postgresql://db.example:5433/states/bots.prod"),
        ("s3://bucket-1", "s3://bucket-1/bots.prod"),
        ("file:///mnt/share", "file:///mnt/share/bots.prod"),
        ("s3://bucket-1/team//state/", "s3://bucket-1/team/state/bots.prod"),
    ],
)
def test_a_place_is_named_with_its_owner(url: str, name: str) -> None:
    """People are shown the host, the path and the owner's part of it, and no user."""
    assert place_of(url, "bots.prod", LISTED).name == name


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://db.example/x?sslmode=disable",
        "postgresql://localhost/x?host=evil.example",
        "postgresql://localhost,evil.example/x",
        "postgresql://localhost/x#y",
        "postgresql://localhost/x%20host=evil.example",
        "postgresql://localhost/x host=evil.example",
        "postgresql://localhost:123456/x",
        "postgresql:states",
        "s3://bucket-1/../other",
        "s3:///other",
        "file://bucket-1/other",
        "s3://bucket-1/a\nb",
    ],
)
def test_what_is_more_than_a_place_is_refused(url: str) -> None:
    """No parameter of a pull request weakens a connection or leads it elsewhere."""
    with pytest.raises(UsageError, match="not the URL of a state") as caught:
        place_of(url, "bots", LISTED)
    assert "evil" not in f"{caught.value.what}{caught.value.why}{caught.value.cure}"


def test_a_password_is_refused_and_not_shown(tmp_path: Path) -> None:
    """Whoever wrote one is told where it belongs, also where the operator wrote it."""
    for environ in ({}, {"RECONCILER_STATE": DSN}):
        with pytest.raises(UsageError, match="a password in a postgresql URL") as caught:
            open_backend(DSN, tmp_path, label="bots", environ=environ)
        error = caught.value
        assert "PGPASSWORD" in error.cure
        assert PASSWORD not in f"{error.what}{error.where}{error.why}{error.cure}"


@pytest.mark.parametrize("url", ["postgresql://evil.example/x", "postgresql://db.example/x"])
def test_a_host_that_nobody_allowed_is_refused(url: str) -> None:
    """A manifest names no host that the operator does not list, with its port if it has one."""
    with pytest.raises(Refusal, match="no state is kept at") as caught:
        place_of(url, "bots", LISTED)
    assert caught.value.cure.startswith("if it is right, the operator lists it")


def test_the_operators_own_word_is_trusted() -> None:
    """A place that `RECONCILER_STATE` names needs no list."""
    url = "postgresql://db.example/x"
    assert place_of(url, "bots", {"RECONCILER_STATE": url}).host == "db.example"


def test_a_folder_of_a_manifest_is_below_it(tmp_path: Path) -> None:
    """As any other path of it; the operator may name another one."""
    root, share = tmp_path / "project", f"file://{tmp_path}/share"
    root.mkdir()
    with pytest.raises(Refusal, match="outside the manifest's folder"):
        open_backend(share, root, label="bots")
    assert open_backend(f"file://{root}/share", root, label="bots").name.endswith("share/bots")
    for more in ({"allowed": [tmp_path]}, {"environ": {"RECONCILER_STATE": share}}):
        assert open_backend(share, root, label="bots", **more).name == f"{share}/bots"


@pytest.mark.parametrize("place", ["share", "share/bots", "share/deep/bots"])
@pytest.mark.parametrize(
    ("aim", "told"), [("outside", "outside the manifest's folder"), ("root/.git", "inside .git")]
)
def test_no_link_leads_a_folder_out(tmp_path: Path, place: str, aim: str, told: str) -> None:
    """Neither the last one that the URL names, nor the owner's below it, nor one before them."""
    root, link = tmp_path / "root", tmp_path / "root" / place
    for folder in (root / ".git", tmp_path / "outside", link.parent):
        folder.mkdir(parents=True, exist_ok=True)
    link.symlink_to(tmp_path / aim)
    share = f"file://{root}/{place.removesuffix('/bots')}"
    with pytest.raises(Refusal, match=told):
        open_backend(share, root, label="bots")
    if aim == "outside":
        assert open_backend(share, root, label="bots", allowed=[tmp_path / aim])


def test_a_folder_that_is_a_link_within_may_be_used(tmp_path: Path) -> None:
    """What stays below the manifest's folder is its own."""
    (tmp_path / "data").mkdir()
    (tmp_path / "share").symlink_to("data")
    assert open_backend(f"file://{tmp_path}/share", tmp_path, label="bots")
    assert open_backend(f"file://{tmp_path}", tmp_path, label="bots")
