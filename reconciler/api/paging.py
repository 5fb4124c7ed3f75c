"""A list, page by page, to its proven end."""

from collections.abc import Callable, Iterator
from http import HTTPStatus
from operator import itemgetter
from typing import Any, NoReturn, TypeAlias

from reconciler.api.reply import Json
from reconciler.errors import Refused, Unsettled

# (cursor, limit) → the answer's JSON; None for either leaves the parameter out.
FetchPage: TypeAlias = Callable[[str | None, int | None], Json]

_ID = itemgetter("id")

# A server that invents items forever must not be believed forever.
MAX_PAGES = 20_000


def walk(
    fetch: FetchPage, *, of: str, limit: int | None, ends_without_has_more: bool = False
) -> Iterator[list[Json]]:
    """The pages of a list, in the server's order, until its end is certain.

    Only a walk that ends without an error proves that something is absent. The cursor is the
    id of a page's last item. Pages may be short. Without `has_more` the walk goes on until an
    empty page, or ends at once with `ends_without_has_more`. A 400 on the first page is asked
    again without `limit`.

    Raises:
        Unsettled: the list is odd, so it is incomplete: a cursor that repeats or is refused,
            an empty page that claims more, items without an id, missing `data`.
        ApiError: as `fetch` raises it.
    """
    cursor: str | None = None
    seen: set[str] = set()
    for _ in range(MAX_PAGES):
        answer, limit = _fetch(fetch, cursor, limit, of)
        page, more = items(answer, of), _has_more(answer, of)
        if page:
            yield page
        if more is False or (more is None and (ends_without_has_more or not page)):
            return
        cursor = _next_cursor(page, seen, of)
    _incomplete(of, f"it goes on after {MAX_PAGES} pages")


def _fetch(
    fetch: FetchPage, cursor: str | None, limit: int | None, of: str
) -> tuple[Json, int | None]:
    """A page, and the limit that the server takes."""
    try:
        return fetch(cursor, limit), limit
    except Refused as error:
        if error.status not in (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND):
            raise
        if cursor is not None:
            _incomplete(of, f"the endpoint refused the cursor {cursor} ({error.status})")
        if limit is None or error.status == HTTPStatus.NOT_FOUND:
            raise
        return fetch(None, None), None


def items(answer: Json, of: str) -> list[Json]:
    """The items of one page; raises `Unsettled` when it is no page of objects with ids."""
    data = answer.get("data")
    if not isinstance(data, list):
        _incomplete(of, "a page has no data")
    if not _have_ids(data):
        _incomplete(of, "an item has no usable id")
    return data


def _have_ids(entries: list[Any]) -> bool:
    """Only presence is asked for: one model with an odd name must not hide all others."""
    try:
        ids = [*map(_ID, entries)]  # in C: there may be 10,000 in a page
    except (KeyError, TypeError, IndexError):
        return False
    return {*map(type, ids)} <= {str} and "" not in ids


def _has_more(answer: Json, of: str) -> bool | None:
    more = answer.get("has_more")
    if more is not None and not isinstance(more, bool):
        _incomplete(of, "has_more is neither true nor false")
    return more


def _next_cursor(page: list[Json], seen: set[str], of: str) -> str:
    if not page:
        _incomplete(of, "an empty page says that there is more")
    cursor: str = page[-1]["id"]
    if cursor in seen:
        _incomplete(of, f"the cursor {cursor} came twice")
    seen.add(cursor)
    return cursor


def _incomplete(of: str, why: str) -> NoReturn:
    raise Unsettled(
        f"the list of {of} is incomplete",
        why=f"{why}; an odd list does not prove that something is absent",
        cure="run the same command again; if it stays, this endpoint cannot be used",
    )
