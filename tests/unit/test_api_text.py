from hypothesis import given
from hypothesis import strategies as st

from reconciler.api import clean

SECRET = "my-own-odd-shaped-key"


@given(st.text(alphabet=st.characters(exclude_categories=())), st.integers(1, 400))
def test_any_text_becomes_safe_and_bounded(text: str, limit: int) -> None:
    """Whatever a server sends is one printable line of bounded length."""
    shown = clean(text, limit=limit)
    assert shown.isprintable()
    assert len(shown) <= limit


@given(st.text(max_size=50), st.text(max_size=50))
def test_a_known_secret_never_survives(before: str, after: str) -> None:
    """The endpoint's own key is replaced whatever its shape."""
    assert SECRET not in clean(before + SECRET + after, secrets=[SECRET])


def test_key_like_parts_are_replaced() -> None:
    """Prefixed, masked, bearer and JSON web tokens."""
    for key in ("sk-proj-abcDEF123", "sk-a****wxyz", "abcd*****wxyz", "eyJhbGciOi.eyJz.c2ln"):
        text = clean(f"Incorrect API key provided: {key}.")
        assert text.startswith("Incorrect API key provided: [key]")
        assert key[-4:] not in text
    assert clean("Authorization: Bearer abc/def==") == "Authorization: [key]"


def test_ordinary_text_stays() -> None:
    """Names, ids, digests and short words are no keys."""
    text = "No such File object: file-abc123 (p.support.0123456789abcdef0123456789abcdef.jsonl)"
    assert clean(text, secrets=["sandbox", ""]) == text


def test_escapes_and_marks_become_visible() -> None:
    """ANSI, newlines, bidirectional and zero-width marks cannot act on a terminal."""
    assert clean("\x1b[31m\n::error::\u202ex\u200b\ud800") == (
        r"\x1b[31m\n::error::\u202ex\u200b\ud800"
    )


def test_a_long_text_ends_in_an_ellipsis() -> None:
    """The cut is shown."""
    assert clean("a" * 400) == "a" * 299 + "…"


def test_hostile_text_is_quick() -> None:
    """Megabytes of what almost looks like a key take no noticeable time."""
    assert len(clean("a" * 3_000_000 + "**")) == 300
    assert len(clean("sk-" * 1_000_000)) <= 300
