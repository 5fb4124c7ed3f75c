"""A server between the commands and a simulator that changes what the simulator answers."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import urllib3

from tests.support.canary import KEY
from tests.support.cli import Project, Sandbox
from tests.support.scripted import Act, Peer, Scripted, http

Change = Callable[[str, Any], Any]
"""Method and path below the base URL, and the JSON of an answer → the JSON that arrives."""


def through(base_url: str, change: Change, pool: urllib3.PoolManager) -> Act:
    """Passes each request on, and its answer changed."""

    def do(peer: Peer) -> bool:
        asked = peer.request
        path = asked.target.removeprefix("/v1")
        headers = {"content-type": asked.headers.get("content-type", "application/json")}
        headers["authorization"] = "Bearer sandbox"
        url, body = base_url + path, asked.body or None
        reply = pool.request(asked.method, url, body=body, headers=headers, redirect=False)
        value = change(f"{asked.method} {path.partition('?')[0]}", reply.json())
        peer.send(
            http(reply.status, json.dumps(value).encode(), ["Content-Type: application/json"])
        )
        return True

    return Act(do)


@contextmanager
def distorted(project: Project, box: Sandbox, change: Change) -> Iterator[Project]:
    """The project at an endpoint of kind `compatible` that is the simulator, changed."""
    with (
        urllib3.PoolManager(maxsize=8, retries=False) as pool,
        Scripted([through(box.server.base_url, change, pool)]) as server,
    ):
        served(project, server.base_url)
        yield project


def served(project: Project, base_url: str) -> None:
    """Point a project to an endpoint of kind `compatible`."""
    project.environ |= {"OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": KEY}
    project.save(provider={"kind": "compatible"})


def everywhere(value: Any, field: str, told: Any) -> Any:
    """The JSON with `told` in place of every member of this name that is not null."""
    if isinstance(value, list):
        return [everywhere(item, field, told) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: told if key == field and item is not None else everywhere(item, field, told)
        for key, item in value.items()
    }
