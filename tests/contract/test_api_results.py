"""What a finished run left: read in two requests, whatever the endpoint makes of its files."""

from base64 import b64encode
from collections.abc import Sequence
from unittest.mock import patch

import pytest

from reconciler import results
from reconciler.core.losses import Losses, Point
from reconciler.errors import Refused
from tests.support.api import client
from tests.support.scripted import Act, Scripted, answer, complaint, http, raw

CSV = b"step,train_loss,valid_loss\n1,2.5,3\n2,1.5,2.75\n"
SAVED = {"id": "c", "step_number": 2, "fine_tuned_model_checkpoint": "ft:x:ckpt-step-2"}
CURVE = (
    Point(1, {"train_loss": 2.5, "valid_loss": 3.0}),
    Point(2, {"train_loss": 1.5, "valid_loss": 2.75}),
)
CHECKPOINT = Point(2, {}, "ft:x:ckpt-step-2")


def file(content: bytes) -> Act:
    """A file's bytes."""
    return raw(http(200, content), goes_on=True)


def saved() -> Act:
    """The list of checkpoints."""
    return answer(200, {"object": "list", "data": [SAVED], "has_more": True})


def read(acts: Sequence[Act], **job: object) -> tuple[Losses, list[str]]:
    """The losses, and what was asked for."""
    with Scripted(list(acts)) as server, client(server.base_url) as api:
        found = results.read_losses(api, {"id": "ftjob-1", "result_files": ["file-1"], **job})
        return found, [request.target for request in server.requests]


@pytest.mark.parametrize("content", [CSV, b64encode(CSV)])
def test_a_result_is_two_requests(content: bytes) -> None:
    """The first page of checkpoints and the file, which is CSV or base64 of it."""
    found, asked = read([file(content), saved()])
    assert found == Losses(CURVE, (CHECKPOINT,))
    assert asked == [
        "/v1/files/file-1/content",
        "/v1/fine_tuning/jobs/ftjob-1/checkpoints?limit=100",
    ]


@pytest.mark.parametrize("files", [[], None, "file-1", [None]])
def test_a_job_without_a_result_file_has_its_checkpoints(files: object) -> None:
    """Nothing is asked for that is not there."""
    found, asked = read([saved()], result_files=files)
    assert found == Losses((), (CHECKPOINT,))
    assert len(asked) == 1


def test_what_is_gone_tells_nothing() -> None:
    """Result files are deleted like any other file."""
    assert read([complaint(404), complaint(404)])[0] == Losses()


def test_a_file_that_is_too_large_tells_nothing() -> None:
    """Memory is bounded, whatever an endpoint sends."""
    with patch.object(results, "MOST_BYTES", 10):
        assert read([file(CSV), saved()])[0] == Losses((), (CHECKPOINT,))


def test_an_endpoint_that_says_no_is_an_error() -> None:
    """Whether that matters is for the caller to say."""
    with pytest.raises(Refused):
        read([complaint(403)])
