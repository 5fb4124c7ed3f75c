"""What reads an endpoint's answers: verbs, kinds, streams, one connection, whole commands."""

import socket
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from io import BytesIO
from pathlib import Path
from unittest.mock import patch

from reconciler.api import Api
from reconciler.api.endpoint import Endpoint
from reconciler.api.multipart import Upload
from reconciler.api.transport import Transport
from reconciler.api.wire import Limits
from reconciler.errors import ReconcilerError
from reconciler.kinds import BY_NAME
from tests.reliability import samples
from tests.reliability.answering import DATES, FOLDER, OWNERS, api_with
from tests.reliability.hostile import judged
from tests.reliability.stage import tried
from tests.support.canary import KEY
from tests.support.cli import Project

FILES, JOBS = BY_NAME["files"], BY_NAME["jobs"]
LIMITS = Limits(connect=5.0, answer=5.0, body=1 << 20)
CONNECT = "reconciler.cli.verbs.dial.connect"


def upload() -> Upload:
    """A small file on its way."""
    body, digest = samples.BODY, samples.DIGEST
    return Upload(BytesIO(body), "data/train.jsonl", "x.jsonl", "fine-tune", len(body), digest)


VERBS: Mapping[str, list[Callable[[Api], object]]] = {
    "file": [
        lambda api: FILES.fetch(api, "file-1", OWNERS),
        lambda api: api.dial().create_file(upload(), op="o"),
    ],
    "job": [
        lambda api: JOBS.resolved(JOBS.fetch(api, "ftjob-1", OWNERS)),
        lambda api: JOBS.remove(api, "ftjob-1", OWNERS),
        lambda api: JOBS.hold(api, "ftjob-1", OWNERS, pause=True),
        lambda api: api.dial().create_job({"model": "m"}, op="o"),
    ],
    "model": [lambda api: api.retrieve_model("m"), lambda api: api.delete_model("m")],
    "upload": [
        lambda api: api.upload_in_parts(upload(), op="o"),
        lambda api: api.cancel_upload("upload_1"),
    ],
    "files": [
        lambda api: list(FILES.observe(api, OWNERS)),
        lambda api: api.newest_files(3),
    ],
    "jobs": [
        lambda api: list(map(JOBS.resolved, JOBS.observe(api, OWNERS))),
        lambda api: api.newest_jobs(3),
    ],
    "models": [lambda api: list(JOBS.observe(api, OWNERS))],
    "events": [
        lambda api: list(api.walk_job_events("ftjob-1")),
        lambda api: api.job_events("ftjob-1"),
    ],
    "checkpoints": [lambda api: list(api.walk_checkpoints("ftjob-1"))],
    "chat": [lambda api: api.chat({"model": "m"})],
    "chunk": [lambda api: list(api.stream_chat({"model": "m"}))],
    "error": [
        lambda api: api.retrieve_file("file-1"),
        lambda api: list(api.walk_jobs()),
        lambda api: api.delete_file("file-1"),
        lambda api: api.dial().create_job({"model": "m"}, op="o"),
        lambda api: api.file_content("file-1", BytesIO()),
        lambda api: api.validate_grader({}),
    ],
}
"""What reads each kind of answer."""


def given(kind: str, data: bytes) -> Api:
    """A client that is answered so; a piece of a completion comes in a stream."""
    if kind == "chunk":
        return api_with("chat", b"data: " + data + b"\n\ndata: [DONE]\n\n")
    return api_with(kind, data)


def read_answer(_: Path, kind: str, data: bytes) -> None:
    """Every verb that reads an answer of this kind; the last error is the input's."""
    last: ReconcilerError | None = None
    for verb in VERBS[kind]:
        try:
            verb(given(kind, data))
        except ReconcilerError as error:
            last = error
    if last:
        raise last


def streams() -> dict[str, list[bytes]]:
    """Whole streams of events."""
    piece = b"data: " + samples.answers("chunk")[0]
    return {"": [b": hi\n" + piece + b"\n\nevent: a\r\n" + piece + b"\r\n\r\ndata: [DONE]\n\n"]}


def read_stream(_: Path, __: str, data: bytes) -> None:
    """A stream of events, to its end."""
    list(api_with("chat", data).stream_chat({"model": "m"}))


def heads() -> dict[str, list[bytes]]:
    """Answers from the first byte."""
    body, date = samples.answers("file")[0], f"HTTP/1.1 200 OK\r\nDate: {DATES[0]}\r\n".encode()
    whole = date + b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
    chunked = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n"
    return {"": [whole, date + chunked % (len(body), body)]}


def read_wire(_: Path, __: str, data: bytes) -> None:
    """A connection on which exactly these bytes come, and then no more."""
    with saying(data) as port:
        place = f"http://127.0.0.1:{port}/v1"
        endpoint = Endpoint("compatible", place, None, None, KEY, "OPENAI_API_KEY")
        with Transport(endpoint, limits=LIMITS) as transport:
            transport.dial().create_job({"model": "m"}, op="o")


@contextmanager
def saying(data: bytes) -> Iterator[int]:
    """A port at which one request is answered with these bytes."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(LIMITS.answer)  # who never connects keeps nobody waiting
        thread = threading.Thread(target=_say, args=(server, data))
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            thread.join()


def _say(server: socket.socket, data: bytes) -> None:
    with suppress(OSError):
        talk, _ = server.accept()
        with talk:
            talk.settimeout(LIMITS.answer)
            talk.recv(65536)
            talk.sendall(data)


COMMANDS = """\
files; --json files; files get files.train; files upload data/train.jsonl; jobs; jobs get jobs.bot
jobs events jobs.bot; jobs checkpoints jobs.bot; jobs cancel jobs.bot -y; jobs pause jobs.bot
models; models get m; plan; --json plan; status; show jobs.bot; apply --yes; destroy --yes
chat m hi; --json chat m hi; chat jobs.bot hi; state list; plan --out plan.json
files content files.train -o data/copy --overwrite; --json status; --json apply --yes
""".replace("\n", ";").split(";")[:-1]


def read_by_command(_: Path, kind: str, data: bytes) -> None:
    """A command at an endpoint that answers so: it ends in words and with an exit code."""
    made = demo()
    command = COMMANDS[zlib.crc32(data) % len(COMMANDS)].split()
    with put_back(made.root / "state"), patch(CONNECT, lambda *_: given(kind, data)):
        wrong = list(judged(tried(made, *command)))
    assert not wrong, wrong


@contextmanager
def put_back(folder: Path) -> Iterator[None]:
    """What is in a folder is there again afterwards, and nothing else."""
    kept = {path: path.read_bytes() for path in folder.iterdir()}
    yield
    for path in folder.iterdir():
        if path not in kept:
            path.unlink()
    for path, content in kept.items():
        path.write_bytes(content)


@cache
def demo() -> Project:
    """A project whose file and job the endpoint has, and the state knows."""
    environ = {"OPENAI_API_KEY": KEY, "XDG_CACHE_HOME": f"{FOLDER.name}/cache"}
    made = Project(Path(FOLDER.name) / "demo", environ)
    made.write("data/train.jsonl", samples.BODY)
    made.write("reconciler.yaml", samples.SMALL)
    with patch(CONNECT, lambda *_: api_with("nothing", b"")):
        made.attempt("apply", "--yes").ended(0)
        made.attempt("plan", "--detailed-exitcode").ended(0)
    return made
