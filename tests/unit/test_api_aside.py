"""Digests that are computed beside the sending."""

import hashlib
import threading
from contextlib import closing

import pytest

from reconciler.api.aside import AHEAD, Aside


@pytest.mark.parametrize("blocks", [0, 1, 2, 3 * AHEAD])
def test_it_is_the_digest_of_all_blocks(blocks: int) -> None:
    """Whatever their number; it may be asked for twice."""
    data = [b"%d" % n * 5_000 for n in range(blocks)]
    with closing(Aside(hashlib.sha256())) as digest:
        for block in data:
            digest.add(block)
        assert digest.hexdigest() == hashlib.sha256(b"".join(data)).hexdigest()
        assert digest.hexdigest() == hashlib.sha256(b"".join(data)).hexdigest()


def test_no_thread_is_left_behind() -> None:
    """Not where nobody asks for the digest any more; a small file has none."""
    before = threading.active_count()
    with closing(Aside(hashlib.sha256())) as digest:
        digest.add(b"x")
        assert threading.active_count() == before
        digest.add(b"x")
        assert threading.active_count() == before + 1
    assert threading.active_count() == before
