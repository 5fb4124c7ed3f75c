"""files: a dataset, kept at the API under a name that says whose it is and what is in it.

The marker is the file's name: `<project>[.<env>].<name>.<sha256[:32]>.<extension>`. It holds
together with `bytes` and `purpose`; the API returns no digest of the content.
"""

import errno
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from msgspec import Meta
from msgspec.structs import replace

from reconciler.api.multipart import FILE_LIMIT, Readable, Upload
from reconciler.core import words
from reconciler.core.address import NAME, Address
from reconciler.core.cost import Work
from reconciler.core.fields import FieldChange
from reconciler.core.owner import Owner, Owners
from reconciler.core.partial import UNTOLD
from reconciler.core.resource import DIGITS, ROWS, Lifecycle, Marker, Observed, Phase, Resource
from reconciler.errors import ReconcilerError, Refusal
from reconciler.kinds.kind import Api, Content, Line, Make
from reconciler.kinds.spec.spec import INTERPOLATED, Many, Spec, Text, says
from reconciler.kinds.told import moment, text
from reconciler.sources import Opened
from reconciler.sources.source import UNTOLD as UNTOLD_SIZE

_REST = re.compile(rf"({NAME.pattern})\.([0-9a-f]{{{DIGITS}}})\.[^.]*")
"""What follows the owner: name, digest, extension."""
_OURS_OR_ANOTHERS = re.compile(rf"({NAME.pattern}(?:\.{NAME.pattern})?)\.{_REST.pattern}")
"""The name of a file that some project made: owner, then the rest."""
_EXTENSION = re.compile(r"[a-z0-9]{1,10}")

_REPLACED = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EINVAL, errno.ESTALE}
"""What opening says where something else is in the file's place, or nothing."""

_PHASES: Mapping[str, Phase] = {
    "uploaded": Phase.READY,
    "processed": Phase.READY,
    "pending": Phase.IN_PROGRESS,
    "running": Phase.IN_PROGRESS,
    "error": Phase.FAILED,
    "deleting": Phase.FAILED,
    "deleted": Phase.FAILED,
}

Purpose = Literal["fine-tune", "assistants", "batch", "vision", "user_data", "evals"]


class ExpiresAfter(Spec, frozen=True, kw_only=True):
    """When the API deletes the file by itself."""

    anchor: Literal["created_at"] = "created_at"
    seconds: Annotated[
        int,
        Meta(ge=3600, le=2_592_000),
        says("Seconds after the upload: an hour to 30 days.", 86400),
    ]


class FileSpec(Spec, frozen=True):
    """One entry of `files`: a file that should be at the API."""

    path: Annotated[
        Text,
        says(
            (
                "The file, below the manifest's folder; or `s3://`, `gs://`, `az://` or "
                "`https://`, whose bucket or host the operator lists in RECONCILER_ALLOWED_HOSTS."
            ),
            "data/support.jsonl",
            "s3://bucket/support.jsonl",
        ),
        INTERPOLATED,
    ]
    purpose: Annotated[Purpose, says("What the API may use it for.")] = "fine-tune"
    format: Annotated[
        Literal["auto", "chat", "dpo", "reinforcement", "completion"],
        says("What each line is; `auto` reads it from the data."),
    ] = "auto"
    expires_after: Annotated[
        ExpiresAfter | None, says("When the API deletes it by itself; unset keeps it.")
    ] = None
    protect: Annotated[bool, says("Refuse every plan that would delete it.")] = False


class FileKind:
    """The kind `files`."""

    name = "files"
    lifecycle = Lifecycle.STORED
    route = "/files"
    spec = FileSpec

    def references(self, spec: FileSpec) -> Mapping[str, Address]:  # noqa: ARG002  # any kind
        """A file reads nothing."""
        return {}

    def paths(self, spec: FileSpec) -> Iterable[str]:
        """Its own path."""
        return (spec.path,)

    def resolve(
        self,
        address: Address,
        spec: FileSpec,
        contents: Mapping[str, Content],
        known: Mapping[Address, Resource],  # noqa: ARG002
    ) -> Resource:
        """The file as its content: the path does not matter, the bytes do."""
        content = contents[spec.path]
        if spec.purpose != "fine-tune":  # another entry may train on it
            content = replace(content, rows=None, tokens={}, is_whole=True)
        return Resource(
            address,
            {"sha256": content.sha256, "purpose": spec.purpose, "bytes": content.bytes},
            file_fingerprint(content.sha256, spec.purpose, content.bytes),
            body={"content": content, "extension": _extension(spec), "expires": spec.expires_after},
            summary=_summary(content),
            protect=spec.protect,
            facts={ROWS: content.rows, "bytes": content.bytes},
            path=content.shown,
            work=Work("", content.tokens, content.is_whole, content.rows or 0),
        )

    def resolved(self, seen: Observed) -> Mapping[str, Any]:
        """Purpose and size, where the API tells them; it tells no digest."""
        told = {name: seen.body.get(name) for name in ("purpose", "bytes")}
        return {name: value for name, value in told.items() if value is not None}

    def beside(self, resource: Resource, seen: Observed) -> Many[FieldChange]:
        """When it expires: as it was uploaded, for good."""
        expires: ExpiresAfter | None = resource.body["expires"]
        wanted = expires.seconds if expires else None
        end, start = seen.expires_at, seen.created_at
        there = end - start if isinstance(end, int) and start else None
        if wanted == there:
            return ()
        return (FieldChange("expires_after", _days(there), _days(wanted)),)

    def owner_of(self, seen: Observed) -> str:
        """What its name begins with."""
        found = _OURS_OR_ANOTHERS.fullmatch(text(seen.body, "filename"))
        return found[1].replace(".", "/") if found else ""

    def observe(self, api: Api, owners: Owners) -> Iterator[Observed]:
        """Every live file, whoever made it."""
        bodies = [body for page in api.walk_files() for body in page]
        for body in bodies:
            yield _observed(body, owners)

    def fetch(self, api: Api, id_: str, owners: Owners) -> Observed:
        """One file by its id."""
        return _observed(api.retrieve_file(id_), owners)

    def create(self, api: Api, line: Line, make: Make, owners: Owners) -> Observed:
        """Upload it under its marker; the answer's marker tells what was really stored."""
        content: Content = make.resource.body["content"]
        with _opened(content) as opened:
            upload = _upload(opened.raw, content, make)
            send = api.upload_in_parts if upload.size > FILE_LIMIT else line.create_file
            return _observed(send(upload, op=make.op, may_send=make.may_send), owners)

    def hold(self, api: Api, id_: str, owners: Owners, *, pause: bool) -> Observed:  # noqa: ARG002  # any kind
        """A file does not run, so the engine never asks this."""
        raise AssertionError(f"{id_} is a file: it cannot be paused")

    def remove(self, api: Api, id_: str, owners: Owners) -> None:  # noqa: ARG002
        """Delete it; the API forgets it at once."""
        api.delete_file(id_)


@contextmanager
def _opened(content: Content) -> Iterator[Opened]:
    """The planned file, as far as can be seen without reading it; the upload hashes its bytes."""
    with ExitStack() as stack:
        try:
            opened = stack.enter_context(content.source.opened())
        except OSError as error:
            why = error.strerror or str(error)
            if error.errno in _REPLACED:
                raise _changed(content, why) from error
            cure = getattr(error, "cure", "see to the file, then apply again")
            raise ReconcilerError(
                f"{content.shown} cannot be read", why=why, cure=f"{cure}; nothing was sent"
            ) from error
        if (size := opened.version.size) not in (content.bytes, UNTOLD_SIZE):
            raise _changed(content, f"it has {size} bytes, {content.bytes} were planned")
        yield opened


def _changed(content: Content, why: str) -> Refusal:
    return Refusal(
        f"refused: {content.shown} changed after it was planned",
        why=why,
        cure="reconciler plan, and review it again; nothing was sent",
    )


def _upload(source: Readable, content: Content, make: Make) -> Upload:
    expires: ExpiresAfter | None = make.resource.body["expires"]
    return Upload(
        source,
        content.shown,
        file_name(make.owner, make.resource),
        make.resource.spec["purpose"],
        content.bytes,
        content.sha256,
        expires.seconds if expires else None,
        make.sent,
        make.answering,
    )


def file_fingerprint(sha256: str, purpose: str, size: int | None) -> str:
    """Of a file: as much of its content as a file name can carry, its purpose and its size."""
    return f"v1:{sha256[:DIGITS]}:{purpose}:{UNTOLD if size is None else size}"


def file_name(owner: Owner, resource: Resource) -> str:
    """The marker of a file."""
    digest = resource.spec["sha256"][:DIGITS]
    return ".".join((*owner.parts, resource.address.name, digest, resource.body["extension"]))


def file_marker(body: Mapping[str, Any], owners: Owners) -> Marker | None:
    """What a file's name says, or None where it is not one of ours."""
    filename = text(body, "filename")
    for owner in owners:
        prefix = _prefix(owner)
        if filename.startswith(prefix) and (found := _REST.fullmatch(filename, len(prefix))):
            name, digest = found.groups()
            told = file_fingerprint(digest, str(body.get("purpose")), body.get("bytes"))
            return Marker(Address("files", name), told)
    return None


@cache
def _prefix(owner: Owner) -> str:
    return ".".join((*owner.parts, ""))


def _observed(body: Mapping[str, Any], owners: Owners) -> Observed:
    status = text(body, "status") or "uploaded"
    return Observed(
        "files",
        body["id"],
        _PHASES.get(status, Phase.UNKNOWN),
        status,
        moment(body, "created_at") or 0,
        marker=file_marker(body, owners),
        expires_at=moment(body, "expires_at"),
        body=body,
    )


def _extension(spec: FileSpec) -> str:
    """`jsonl` for fine-tuning, as the API wants it; else the path's own."""
    if spec.purpose == "fine-tune":
        return "jsonl"
    found = PurePosixPath(spec.path).suffix.removeprefix(".").lower()
    return found if _EXTENSION.fullmatch(found) else "bin"


def _days(seconds: int | None) -> str | None:
    """`7 days`, `90,000 s`."""
    if seconds is None:
        return None
    days, rest = divmod(seconds, 86_400)
    if rest:
        return f"{seconds:,} s"
    return f"{days} day{'s' * (days != 1)}"


def _summary(content: Content) -> str:
    size = words.size(content.bytes)
    return size if content.rows is None else f"{content.rows:,} rows, {size}"
