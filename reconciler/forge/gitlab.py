"""Notes of merge requests at GitLab."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from reconciler.forge.client import Client
from reconciler.forge.forge import Comment


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
        author = found.get("author")
        return Comment(
            id=int(found.get("id") or 0),
            author=str(author.get("username")) if isinstance(author, dict) else "",
            body=str(found.get("body") or ""),
            url=f"!{number}",
        )
