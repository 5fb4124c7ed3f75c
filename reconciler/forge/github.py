"""Comments of pull requests at GitHub, or a GitHub Enterprise Server."""

from collections.abc import Iterator
from typing import Any

from reconciler.errors import ApiError
from reconciler.forge.client import Client
from reconciler.forge.forge import LABEL, Comment, Issue


class GitHub:
    """A `Forge`: one repository, named `owner/name`."""

    name, noun = "GitHub", "pull request"
    most = 65_536

    def __init__(self, client: Client, repository: str) -> None:
        self._client, self._at = client, f"/repos/{repository}"

    def me(self) -> str:
        """See `Forge.me`. A workflow's token may not ask `/user`; this it may."""
        answer = self._client.ask(self._graphql, {"query": "query { viewer { login } }"})
        login = _at(answer, "data", "viewer", "login")
        if not isinstance(login, str):
            raise ApiError(
                "GitHub does not say whose the token is",
                where=f"POST {self._graphql}, {self._client.access.note}",
                why="without it nobody can tell which comment is ours",
                cure="a token of GitHub Actions, of an app or of a user",
            )
        return login

    @property
    def _graphql(self) -> str:
        # https://api.github.com/graphql; on a server of one's own beside https://HOST/api/v3
        return f"{self._client.access.address.path.removesuffix('/v3')}/graphql"

    def comments(self, number: int) -> Iterator[Comment]:
        """See `Forge.comments`."""
        yield from map(_comment, self._client.walk(f"{self._at}/issues/{number}/comments"))

    def create(self, number: int, body: str) -> Comment:
        """See `Forge.create`."""
        path = f"{self._at}/issues/{number}/comments"
        return _comment(self._client.make(path, {"body": body}))

    def update(self, number: int, comment: Comment, body: str) -> Comment:  # noqa: ARG002  # GitLab needs it
        """See `Forge.update`."""
        return _comment(self._client.change("PATCH", self._one(comment), {"body": body}))

    def delete(self, number: int, comment: Comment) -> None:  # noqa: ARG002
        """See `Forge.delete`."""
        self._client.remove(self._one(comment))

    def issues(self) -> Iterator[Issue]:
        """See `Forge.issues`."""
        ours = {"state": "open", "labels": LABEL, "sort": "created", "direction": "asc"}
        for value in self._client.walk(f"{self._at}/issues", ours):
            if "pull_request" not in value:
                yield _issue(value)

    def open_issue(self, title: str, body: str) -> Issue:
        """See `Forge.open_issue`."""
        given = {"title": title, "body": body, "labels": [LABEL]}
        return _issue(self._client.make(f"{self._at}/issues", given))

    def edit_issue(self, issue: Issue, body: str, *, is_open: bool = True) -> Issue:
        """See `Forge.edit_issue`."""
        given = {"body": body, "state": "open" if is_open else "closed"}
        return _issue(self._client.change("PATCH", f"{self._at}/issues/{issue.number}", given))

    def brought(self, commit: str) -> list[int]:
        """See `Forge.brought`."""
        found = self._client.read(f"{self._at}/commits/{commit}/pulls") or []
        merged = [each for each in found if isinstance(each, dict) and each.get("merged_at")]
        merged.sort(key=lambda each: each.get("merge_commit_sha") != commit)
        return [int(each["number"]) for each in merged]

    def _one(self, comment: Comment) -> str:
        return f"{self._at}/issues/comments/{comment.id}"


def _comment(value: Any) -> Comment:  # noqa: ANN401  # JSON of somebody else
    return Comment(
        id=int(_at(value, "id") or 0),
        author=str(_at(value, "user", "login") or ""),
        body=str(_at(value, "body") or ""),
        url=str(_at(value, "html_url") or ""),
    )


def _issue(value: Any) -> Issue:  # noqa: ANN401
    one = _comment(value)
    return Issue(int(_at(value, "number") or 0), one.author, one.body, one.url)


def _at(value: Any, *path: str) -> Any:  # noqa: ANN401
    """A member of nested objects, or None."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
