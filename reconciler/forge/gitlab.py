"""Notes of merge requests at GitLab."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from reconciler.forge.client import Client
from reconciler.forge.forge import LABEL, Comment, Issue


class GitLab:
    """A `Forge`: one project, by its number or its path."""

    name, noun = "GitLab", "merge request"
    most = 1_000_000

    def __init__(self, client: Client, project: str) -> None:
        self._client, self._at = client, f"/projects/{quote(project, safe='')}"

    def me(self) -> str:
        """See `Forge.me`."""
        user = self._client.read("/user")
        return str(user.get("username")) if isinstance(user, dict) else ""

    def comments(self, number: int) -> Iterator[Comment]:
        """See `Forge.comments`."""
        oldest_first = {"sort": "asc", "order_by": "created_at"}
        for value in self._client.walk(self._notes(number), oldest_first):
            if not value.get("system"):
                yield self._comment(number, value)

    def create(self, number: int, body: str) -> Comment:
        """See `Forge.create`."""
        return self._comment(number, self._client.make(self._notes(number), {"body": body}))

    def update(self, number: int, comment: Comment, body: str) -> Comment:
        """See `Forge.update`."""
        path = f"{self._notes(number)}/{comment.id}"
        return self._comment(number, self._client.change("PUT", path, {"body": body}))

    def delete(self, number: int, comment: Comment) -> None:
        """See `Forge.delete`."""
        self._client.remove(f"{self._notes(number)}/{comment.id}")

    def issues(self) -> Iterator[Issue]:
        """See `Forge.issues`."""
        ours = {"state": "opened", "labels": LABEL, "sort": "asc", "order_by": "created_at"}
        yield from map(_issue, self._client.walk(f"{self._at}/issues", ours))

    def open_issue(self, title: str, body: str) -> Issue:
        """See `Forge.open_issue`."""
        given = {"title": title, "description": body, "labels": LABEL}
        return _issue(self._client.make(f"{self._at}/issues", given))

    def edit_issue(self, issue: Issue, body: str, *, is_open: bool = True) -> Issue:
        """See `Forge.edit_issue`."""
        given = {"description": body} | ({} if is_open else {"state_event": "close"})
        return _issue(self._client.change("PUT", f"{self._at}/issues/{issue.number}", given))

    def brought(self, commit: str) -> list[int]:
        """See `Forge.brought`."""
        found = self._client.read(f"{self._at}/repository/commits/{commit}/merge_requests") or []
        merged = [each for each in found if isinstance(each, dict) and each.get("merged_at")]
        known = ("merge_commit_sha", "squash_commit_sha", "sha")
        merged.sort(key=lambda each: commit not in [each.get(name) for name in known])
        return [int(each["iid"]) for each in merged]

    def _notes(self, number: int) -> str:
        return f"{self._at}/merge_requests/{number}/notes"

    def _comment(self, number: int, value: Any) -> Comment:  # noqa: ANN401  # JSON of somebody else
        found = value if isinstance(value, dict) else {}
        body = str(found.get("body") or "")
        return Comment(int(found.get("id") or 0), _author(found), body, url=f"!{number}")


def _issue(value: Any) -> Issue:  # noqa: ANN401
    found = value if isinstance(value, dict) else {}
    body, url = str(found.get("description") or ""), str(found.get("web_url") or "")
    return Issue(int(found.get("iid") or 0), _author(found), body, url)


def _author(value: Mapping[str, Any]) -> str:
    author = value.get("author")
    return str(author.get("username")) if isinstance(author, dict) else ""
