"""Datasets that live elsewhere: checked, planned and uploaded as if they were here."""

import json
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from tests.support.cli import Project, Sandbox, dataset, example
from tests.support.objects import Shelf, answer, shelf

NAME = "team/train.jsonl"


@pytest.fixture
def web() -> Iterator[Shelf]:
    """A web server with one dataset."""
    with shelf() as running:
        running.objects[NAME] = dataset(12).encode()
        yield running


@pytest.fixture
def far(demo: Project, web: Shelf) -> Project:
    """The project, its dataset at the web server, and nothing of it here."""
    (demo.root / "data/train.jsonl").unlink()
    demo.save(files={"train": {"path": f"{web.url}/{NAME}"}})
    return demo


def test_an_unchanged_object_costs_one_head(far: Project, web: Shelf) -> None:
    """The first command reads it, once; later ones ask for its version alone."""
    assert "12 rows, 0 errors, 0 warnings" in far.run("validate").ended(0).out
    assert web.counted() == {"GET": 1, "HEAD": 1}
    sent = web.sent
    for command in ("validate", "plan", "status"):
        far.run(command).ended(0)
        assert web.counted() == {"HEAD": 1}
    assert web.sent == sent
    web.objects[NAME] = dataset(13).encode()
    assert "new: 13 rows" in far.run("plan").ended(0).out
    assert web.counted() == {"GET": 1, "HEAD": 1}


def test_it_is_trained_on(far: Project, web: Shelf) -> None:
    """Uploaded as it comes, under the marker of its bytes; nothing is left here."""
    far.run("apply", "--yes", "--wait").ended(0)
    assert web.counted() == {"GET": 2, "HEAD": 1}
    assert far.record("jobs.bot")["facts"]["fine_tuned_model"]
    assert "1 file, 1 job in sync" in far.run("plan").ended(0).out
    assert [*far.root.rglob("*.jsonl")] == []


def test_it_changes_after_it_was_planned(
    served: Project, box: Sandbox, far: Project, web: Shelf
) -> None:
    """Refused while it is sent, whatever its size; no file is made."""
    box.serves(far)
    for rows in (dataset(12, "other"), dataset(20)):
        web.objects[NAME] = dataset(12).encode()
        far.run("plan").ended(0)

        def replaced(handler: BaseHTTPRequestHandler, rows: str = rows) -> bool:
            if handler.command == "GET":
                web.objects[NAME] = rows.encode()
            return False

        web.faults[NAME] = replaced
        said = far.run("apply", "--yes").ended(3)
        assert f"refused: {web.url}/{NAME} changed after it was planned" in said.err
        web.faults.clear()
        assert box.made("files") == []


def test_findings_have_their_place(far: Project, web: Shelf) -> None:
    """The URL, the line and the column."""
    web.objects[NAME] = dataset(12).encode() + b'{"messages": []}\n'
    said = far.run("validate").ended(65)
    assert f"{web.url}/{NAME}:13:" in said.out


def test_the_lock_holds_it(far: Project, web: Shelf) -> None:
    """A pull request shows its digest; other bytes are refused."""
    far.run("validate", "--lock").ended(0)
    assert f'"{web.url}/{NAME}": {{"sha256": ' in far.read("reconciler.lock.yaml")
    far.run("plan", "--locked").ended(0)
    web.objects[NAME] = dataset(13).encode()
    assert "rows 12 → 13" in far.run("plan", "--locked").ended(3).err


def broken(far: Project, path: str, **environ: str) -> Any:
    """The problem of a dataset at a URL, at its place in the manifest."""
    far.save(files={"train": {"path": path}})
    (problem,) = far.run("plan", "--json", **environ).ended(65).json["error"]["problems"]
    return problem


@pytest.mark.parametrize(
    ("path", "listed"),
    [
        ("https://data.example/a.jsonl", "data.example"),
        ("https://data.example:8443/a.jsonl", "data.example:8443"),
        ("s3://bucket/a.jsonl", "bucket"),
        ("gs://bucket/a.jsonl", "bucket"),
        ("az://container/a.jsonl", "container"),
    ],
)
def test_who_is_asked_the_operator_says(far: Project, path: str, listed: str) -> None:
    """A manifest may come from a pull request."""
    problem = broken(far, path, RECONCILER_ALLOWED_HOSTS="data.example.evil, other")
    assert (problem["code"], problem["file"]) == ("host-not-allowed", "reconciler.yaml")
    assert problem["what"] == f"refused: nothing is read from {path}"
    assert problem["cure"].endswith(f" RECONCILER_ALLOWED_HOSTS={listed}")


@pytest.mark.parametrize(
    "path",
    [
        "http://data.example/a.jsonl",
        "https://user:s3cret@data.example/a.jsonl",
        "https://data.example/a.jsonl?sig=s3cret",
        "https://data.example",
        "https://data.example/../a.jsonl",
        "https://data.example:65536/a.jsonl",
        "http://127.0.0.1:0/a.jsonl",
        "s3://bucket:80/a.jsonl",
        "s3://bucket//a.jsonl",
        "ftp://data.example/a.jsonl",
        "file:///etc/passwd",
        "https://data.example\\@evil.example/a.jsonl",
    ],
)
def test_what_is_no_plain_url(far: Project, path: str) -> None:
    """It names a place and nothing else."""
    problem = broken(far, path, RECONCILER_ALLOWED_HOSTS="data.example,bucket")
    assert problem["code"] in ("bad-dataset-url", "secret-in-manifest")
    assert "s3cret" not in json.dumps(problem)


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (404, "missing-dataset", "no such dataset: "),
        (403, "forbidden-dataset", "the dataset may not be read: "),
    ],
)
def test_what_the_server_does_not_give(
    far: Project, web: Shelf, status: int, code: str, words: str
) -> None:
    """In four parts, at once."""
    web.faults[NAME] = lambda handler: answer(handler, status)
    said = far.run("plan").ended(65)
    assert f"error: {words}{web.url}/{NAME} [{code}]" in said.err
    assert "  why:   files.train; the server says " in said.err
    assert "  cure:  " in said.err


def test_the_extra_is_not_installed(far: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named with the command that installs it."""
    monkeypatch.setitem(sys.modules, "obstore", None)
    far.save(files={"train": {"path": "s3://bucket/a.jsonl"}})
    said = far.run("plan", RECONCILER_ALLOWED_HOSTS="bucket").ended(64)
    assert said.error["what"] == "the objectstore extra is not installed"
    assert said.error["cure"] == 'pip install "finetune-reconciler[objectstore]"'


def test_a_real_store(far: Project) -> None:
    """An S3 server of somebody else's, filled by somebody else's client."""
    from tests.support.s3 import server  # it takes seconds to come

    store, key = server(), "teams/support 1/train+a.jsonl"
    bucket = store.bucket()
    far.environ |= {**store.environ, "RECONCILER_ALLOWED_HOSTS": bucket}
    far.save(files={"train": {"path": f"s3://{bucket}/{key}"}})
    assert f"no such dataset: s3://{bucket}/" in far.run("plan").ended(65).err
    store.witness.put_object(Bucket=bucket, Key=key, Body=dataset(12).encode())
    far.run("apply", "--yes", "--wait").ended(0)
    assert "in sync" in far.run("plan").ended(0).out
    more = f"{dataset(12)}{json.dumps(example('parcel', 1))}\n"
    store.witness.put_object(Bucket=bucket, Key=key, Body=more.encode())
    assert "+1 −0" in far.run("plan").ended(0).out


def test_what_is_too_large_for_one_request(
    far: Project, web: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each part is read on its own, and all of them once more for the digest."""
    monkeypatch.setattr("reconciler.kinds.file.FILE_LIMIT", 1000)
    far.run("apply", "--yes", "--wait").ended(0)
    assert web.counted() == {"GET": 3, "HEAD": 1}
    assert "1 file, 1 job in sync" in far.run("plan").ended(0).out


def test_a_changed_validation_file_leaves_the_training_file_alone(far: Project, web: Shelf) -> None:
    """What its rows are is kept; what both have is told all the same."""
    web.objects["valid.jsonl"] = dataset(12, "parcel").encode()
    far.manifest["jobs"]["bot"]["validation_file"] = "valid"
    train = {"train": {"path": f"{web.url}/{NAME}"}}
    far.save(files=train | {"valid": {"path": f"{web.url}/valid.jsonl"}})
    far.run("validate").ended(0)
    web.asked.clear()
    web.objects["valid.jsonl"] = (dataset(12, "parcel") + dataset(3)).encode()
    assert "[train-valid-overlap]" in far.run("validate").ended(0).out
    assert [asked.path for asked in web.asked if asked.method == "GET"] == ["valid.jsonl"]
