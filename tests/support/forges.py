"""The comment APIs of GitHub and GitLab over real HTTP: as much of them as is asked of them."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from tests.support.cli import Project

TOKEN = "ghs_6Rk2Wq9Zt4Xv7Bn1Mc5Ld8Pf3Hj0Sy"
"""Must never be seen in any output."""
US = "github-actions[bot]"
COMMIT = "3ab1f20" * 5 + "3ab1f"
PAGE = 100


@dataclass
class Note:
    """A comment as a host keeps it."""

    id: int
    author: str
    body: str
    is_open: bool = True


@dataclass
class Fault:
    """What happens to the next request of a method instead; `is_done` says whether it is done."""

    method: str
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    is_done: bool = False
    body: bytes = b'{"message": "no"}'


@dataclass
class Host:
    """A host with one repository.

    Attributes:
        notes: pull request → its comments, the oldest first.
        brought: commit → the merged pull request that brought it.
        faults: what goes wrong, in this order; a status of 0 ends the connection without a reply.
        seen: method and path of every request.
    """

    url: str = ""
    me: str = US
    notes: dict[int, list[Note]] = field(default_factory=dict)
    issues: list[Note] = field(default_factory=list)
    brought: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    number: int = 100

    def add(self, pull: int, body: str, author: str = US) -> Note:
        """Somebody comments."""
        self.number += 1
        note = Note(self.number, author, body)
        self.notes.setdefault(pull, []).append(note)
        return note

    def bodies(self, pull: int) -> list[str]:
        """What is to be read there."""
        return [note.body for note in self.notes.get(pull, [])]

    def writes(self) -> list[str]:
        """Every request that was no read."""
        return [each for each in self.seen if not each.startswith(("GET", "POST /graphql"))]


class _Handler(BaseHTTPRequestHandler):
    """One request of either host."""

    host: ClassVar[Host]
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
        """Say nothing."""

    def do_any(self) -> None:
        """Answer, or fail as is wished."""
        host, split = self.host, urlsplit(self.path)
        length = int(self.headers.get("content-length") or 0)
        given = json.loads(self.rfile.read(length) or b"null")
        host.seen.append(f"{self.command} {split.path}")
        fault = next((f for f in host.faults if f.method in (self.command, "*")), None)
        if fault:
            host.faults.remove(fault)
            if fault.is_done:
                self.answer(split.path, {}, given)
            self.close_connection = True
            if fault.status:
                self.reply(fault.status, fault.body, fault.headers)
            return
        query = {name: values[0] for name, values in parse_qs(split.query).items()}
        status, value = self.answer(split.path, query, given)
        self.reply(status, b"" if value is None else json.dumps(value).encode(), {})

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_any  # noqa: N815  # http.server's names

    def reply(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        """Status, headers, body."""
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def answer(self, path: str, query: dict[str, str], given: Any) -> tuple[int, Any]:
        """What the host answers; 401 without its token."""
        said = (self.headers.get("authorization") or "").removeprefix("Bearer ")
        if TOKEN not in (said, self.headers.get("private-token")):
            return 401, {"message": "Bad credentials"}
        if path == "/graphql":
            return 200, {"data": {"viewer": {"login": self.host.me}}}
        if path == "/user":
            return 200, {"username": self.host.me}
        if found := re.fullmatch(r"/.*/commits/(\w+)/(?:pulls|merge_requests)", path):
            return 200, self.pulls(found[1])
        if found := re.fullmatch(r"/.*/(?:issues|merge_requests)/(\d+)/(?:comments|notes)", path):
            return self.thread(int(found[1]), query, given)
        if re.fullmatch(r"/.*/issues", path):
            return self.list_issues(given)
        if found := re.fullmatch(r"/.*/issues/(\d+)", path):
            return self.edit_issue(int(found[1]), given)
        found = re.fullmatch(r"/.*/(?:comments|notes)/(\d+)", path)
        return self.one(int(found[1]), given) if found else (404, {"message": "Not Found"})

    def pulls(self, commit: str) -> list[dict[str, Any]]:
        """The merged ones that brought a commit, and one that is open still."""
        number = self.host.brought.get(commit)
        merged = {"number": number, "iid": number, "merged_at": "x", "merge_commit_sha": commit}
        return [{"number": 1, "iid": 1, "merged_at": None}, *([merged] if number else [])]

    def thread(self, pull: int, query: dict[str, str], given: Any) -> tuple[int, Any]:
        """A page of comments, or a new one."""
        if self.command == "POST":
            return 201, self.shown(self.host.add(pull, given["body"], self.host.me))
        page, size = int(query.get("page", 1)), int(query.get("per_page", 30))
        notes = self.host.notes.get(pull, [])[(page - 1) * size : page * size]
        return 200, [self.shown(note) for note in notes]

    def one(self, number: int, given: Any) -> tuple[int, Any]:
        """A changed comment, or one that goes."""
        for notes in self.host.notes.values():
            for note in [note for note in notes if note.id == number]:
                if self.command == "DELETE":
                    notes.remove(note)
                    return 204, None
                note.body = given["body"]
                return 200, self.shown(note)
        return 404, {"message": "Not Found"}

    def list_issues(self, given: Any) -> tuple[int, Any]:
        """The open ones and, at GitHub, the pull requests among them; or a new one."""
        if self.command == "POST":
            body = given.get("body") or given["description"]
            self.host.issues.append(Note(len(self.host.issues) + 1, self.host.me, body))
            return 201, self.shown(self.host.issues[-1])
        pull = {"number": 7, "body": "", "user": {"login": US}, "pull_request": {}}
        return 200, [pull, *(self.shown(each) for each in self.host.issues if each.is_open)]

    def edit_issue(self, number: int, given: Any) -> tuple[int, Any]:
        """Another text; closed where that is asked."""
        issue = self.host.issues[number - 1]
        issue.body = given.get("body") or given["description"]
        issue.is_open = given.get("state") != "closed" and "state_event" not in given
        return 200, self.shown(issue)

    def shown(self, note: Note) -> dict[str, Any]:
        """A comment in the words of both hosts."""
        return {
            "id": note.id,
            "number": note.id,
            "iid": note.id,
            "body": note.body,
            "description": note.body,
            "user": {"login": note.author},
            "author": {"username": note.author},
            "html_url": f"https://github.com/acme/bots/pull/7#issuecomment-{note.id}",
        }


@contextmanager
def forge() -> Iterator[Host]:
    """A host that runs for as long as the context lasts."""
    host = Host()
    handler = type("Handler", (_Handler,), {"host": host})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        host.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield host
        finally:
            server.shutdown()
            thread.join()


def github(host: Host, project: Project, pull: int | None = 7) -> dict[str, str]:
    """The environment of a run of GitHub Actions; of a push where there is no pull request."""
    event = {"pull_request": {"number": pull}} if pull else {"ref": "refs/heads/main"}
    path = project.write(".event.json", json.dumps(event))
    return {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": host.url,
        "GITHUB_EVENT_PATH": str(path),
        "GITHUB_REPOSITORY": "acme/bots",
        "GITHUB_RUN_ID": "88",
        "GITHUB_SHA": COMMIT,
        "GITHUB_TOKEN": TOKEN,
    }


def gitlab(host: Host, pull: int | None = 7) -> dict[str, str]:
    """The environment of a job of GitLab CI."""
    of_request = {"CI_MERGE_REQUEST_IID": str(pull)} if pull else {}
    return of_request | {
        "CI": "true",
        "CI_API_V4_URL": host.url,
        "CI_COMMIT_SHA": COMMIT,
        "CI_JOB_URL": "https://gitlab.example/acme/bots/-/jobs/88",
        "CI_PROJECT_ID": "42",
        "GITLAB_CI": "true",
        "GITLAB_TOKEN": TOKEN,
    }
