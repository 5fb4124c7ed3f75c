from base64 import b64encode, encodebytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.api import result_csv

CSV = b"step,train_loss,train_accuracy\n1,0.52,0.81\n2,0.44,0.84\n"


@pytest.mark.parametrize(
    "content",
    [
        CSV,
        b"\xef\xbb\xbf" + CSV,
        b"\n" + CSV,
        b64encode(CSV),
        b64encode(CSV) + b"\n",
        encodebytes(CSV),
        b64encode(b"\xef\xbb\xbf" + CSV),
    ],
)
def test_a_csv_is_found_plain_or_in_base64(content: bytes) -> None:
    """Some servers give it in base64, with line ends or without."""
    assert result_csv(content).endswith(CSV)


@pytest.mark.parametrize("content", [b"", b"step", b"step1234", b"\xff,\xfe", b"\x00" * 8])
def test_what_is_neither_comes_back_as_it_is(content: bytes) -> None:
    """Nothing is guessed, and nothing is lost."""
    assert result_csv(content) == content


@given(st.binary(max_size=60))
def test_every_content_has_a_result(content: bytes) -> None:
    """A result is the content or what its base64 means, and reading it again changes nothing."""
    found = result_csv(content)
    assert result_csv(found) == found
