from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.api import paging
from reconciler.api.paging import walk
from reconciler.api.reply import Json
from reconciler.errors import ExitCode, Refused, Unsettled


def served(items: list[str], sizes: Iterable[int], *, says_more: bool) -> Callable[..., Json]:
    """A server with `items` whose pages have these sizes, then five each."""
    lengths = iter(sizes)

    def fetch(cursor: str | None, limit: int | None) -> Json:
        start = items.index(cursor) + 1 if cursor else 0
        page = items[start : start + next(lengths, 5)]
        answer: Json = {"data": [{"id": name} for name in page]}
        return answer | ({"has_more": start + len(page) < len(items)} if says_more else {})

    return fetch


@given(st.integers(0, 40), st.lists(st.integers(1, 7)), st.booleans())
def test_every_item_comes_once_and_in_order(count: int, sizes: list[int], says_more: bool) -> None:
    """Short pages and a missing `has_more` lose nothing."""
    names = [f"id-{number}" for number in range(count)]
    pages = walk(served(names, sizes, says_more=says_more), of="files", limit=5)
    assert [item["id"] for page in pages for item in page] == names


def page(*ids: object, more: object = False) -> Json:
    """One page."""
    return {"data": [{"id": name} for name in ids], "has_more": more}


ODD = {
    "no data": [{"has_more": False}],
    "data is an object": [{"data": {}, "has_more": False}],
    "data is null": [{"data": None}],
    "an item is a text": [{"data": ["a"], "has_more": False}],
    "an item has no id": [{"data": [{}], "has_more": False}],
    "an id is a number": [page(1)],
    "an id is empty": [page("")],
    "has_more is a text": [page("a", more="false")],
    "has_more is a number": [page("a", more=1)],
    "an empty page has more": [page("a", more=True), page(more=True)],
    "the first page is empty and has more": [page(more=True)],
    "the same page again": [page("a", more=True), page("a", more=True)],
    "a cursor of before": [page("a", more=True), page("b", more=True), page("a", more=True)],
}


@pytest.mark.parametrize("pages", ODD.values(), ids=ODD)
def test_an_odd_list_is_incomplete(pages: list[Json]) -> None:
    """It proves nothing about what is absent, so a person must look."""
    script = iter(pages)
    with pytest.raises(Unsettled, match=r"^the list of files is incomplete$") as caught:
        list(walk(lambda cursor, limit: next(script), of="files", limit=5))
    assert caught.value.exit_code is ExitCode.UNSETTLED


@pytest.mark.parametrize("status", [400, 404])
def test_a_refused_cursor_is_an_incomplete_list(status: int) -> None:
    """The item that the cursor names may have been deleted meanwhile."""

    def fetch(cursor: str | None, limit: int | None) -> Json:
        if cursor:
            raise Refused("no", status=status)
        return page("a", more=True)

    with pytest.raises(Unsettled) as caught:
        list(walk(fetch, of="files", limit=5))
    assert str(status) in caught.value.why


@pytest.mark.parametrize(("status", "limit"), [(404, 5), (400, None), (401, 5)])
def test_other_refusals_pass_through(status: int, limit: int | None) -> None:
    """Only a refused page size is asked again."""
    asked = []

    def fetch(cursor: str | None, limit: int | None) -> Json:
        asked.append(limit)
        raise Refused("no", status=status)

    with pytest.raises(Refused):
        list(walk(fetch, of="files", limit=limit))
    assert asked == [limit]


def test_a_list_without_has_more_may_be_whole() -> None:
    """Where the dialect says so, one page is all."""
    pages = walk(
        lambda cursor, limit: {"data": [{"id": "a"}]},
        of="files",
        limit=5,
        ends_without_has_more=True,
    )
    assert list(pages) == [[{"id": "a"}]]


def test_a_server_that_invents_items_is_not_followed_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The number of pages is bounded."""
    monkeypatch.setattr(paging, "MAX_PAGES", 50)
    names = iter(range(1000))
    with pytest.raises(Unsettled, match="incomplete"):
        list(walk(lambda cursor, limit: page(f"x{next(names)}", more=True), of="files", limit=1))
