"""What the engine must know about one kind of API object.

The engine decides; a kind answers questions and does one effect at a time. It never prints,
sleeps or retries. Adding a kind is one file here and its name in `KINDS`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

from msgspec import Struct

from reconciler.api.multipart import Upload
from reconciler.core.address import Address
from reconciler.core.owner import Owner, Owners
from reconciler.core.questions import Questions
from reconciler.core.resource import Attempt, Observed, Resource
from reconciler.kinds.spec.spec import Spec
from reconciler.sources import Source

SHUTDOWN = "shutdown_date"
"""Of a model: the day on which it ends, `YYYY-MM-DD`."""


class Content(Struct, frozen=True):
    """The bytes of a source, as the scan found them; `shown` is the manifest's spelling.

    `cases` are those of a check, where it holds them.
    `tokens` are those of one pass of training, by encoding; `is_whole` is False where the API reads
    more than could be counted.
    """

    source: Source
    shown: str
    sha256: str
    bytes: int
    rows: int | None = None
    tokens: Mapping[str, int] = {}
    is_whole: bool = True
    cases: tuple[Any, ...] = ()


class Make(NamedTuple):
    """One object to create: what, for whom, as which attempt, reading which ids.

    `ids` maps the API's field to the id of the object it reads (`training_file` → `file-…`).
    `may_send` is asked just before the first byte: an intent's time may be over. `sent` is told how
    many bytes more of its content went out, `answering` once only an answer is waited for.
    """

    resource: Resource
    owner: Owner
    attempt: Attempt
    op: str
    ids: Mapping[str, str]
    may_send: Callable[[], bool]
    sent: Callable[[int], None] = lambda _: None
    answering: Callable[[], object] = lambda: None


class Line(Protocol):
    """One connection that is already made; it sends one create, once."""

    def create_file(
        self, upload: Upload, *, op: str, may_send: Callable[[], bool]
    ) -> dict[str, Any]:
        """Upload the bytes, hashing them on the way; refuses to finish if they changed."""
        ...

    def create_job(
        self, body: dict[str, Any], *, op: str, may_send: Callable[[], bool]
    ) -> dict[str, Any]:
        """Create a fine-tuning job: paid, so sent at most once."""
        ...


class Api(Protocol):
    """What is asked of the API client. Answers are the API's own JSON objects."""

    def now(self) -> int | None:
        """The API's own clock, Unix seconds; None before its first answer."""
        ...

    def wall(self) -> float:
        """This machine's own Unix seconds, which may be wrong: for where the API tells no time."""
        ...

    def dial(self) -> AbstractContextManager[Line]:
        """Connect now and send nothing yet; raises Unreachable."""
        ...

    def walk_files(self) -> Iterator[list[dict[str, Any]]]:
        """The pages of a complete list of files."""
        ...

    def walk_jobs(self) -> Iterator[list[dict[str, Any]]]:
        """The pages of a complete list of jobs."""
        ...

    def list_models(self) -> list[dict[str, Any]]:
        """Every model of the endpoint."""
        ...

    def retrieve_file(self, id_: str) -> dict[str, Any]:
        """One file."""
        ...

    def retrieve_job(self, id_: str) -> dict[str, Any]:
        """One job."""
        ...

    def retrieve_model(self, model_id: str) -> dict[str, Any]:
        """One model."""
        ...

    def delete_model(self, model_id: str) -> None:
        """Delete a fine-tuned model; one that is gone is deleted."""
        ...

    def upload_in_parts(
        self, upload: Upload, *, op: str, may_send: Callable[[], bool]
    ) -> dict[str, Any]:
        """Upload what is too large for one request; the answer is the file."""
        ...

    def delete_file(self, id_: str) -> None:
        """Delete a file; one that is gone is deleted."""
        ...

    def pause_job(self, id_: str) -> dict[str, Any]:
        """Pause a job; the answer is the job."""
        ...

    def resume_job(self, id_: str) -> dict[str, Any]:
        """Let a paused job go on; the answer is the job."""
        ...

    def cancel_job(self, id_: str) -> dict[str, Any]:
        """Cancel a job; the answer is the job."""
        ...


class Kind(Questions, Protocol):
    """A kind: the questions of the engine, its manifest entry, and its effects."""

    @property
    def spec(self) -> type[Spec]:
        """The strict model of one manifest entry."""
        ...

    def references(self, spec: Any) -> Mapping[str, Address]:  # noqa: ANN401  # its own spec
        """API field → the resource it reads, as the manifest names it."""
        ...

    def paths(self, spec: Any) -> Iterable[str]:  # noqa: ANN401
        """The files whose content the spec stands for, as the manifest spells them: paths, URLs."""
        ...

    def resolve(
        self,
        address: Address,
        spec: Any,  # noqa: ANN401
        contents: Mapping[str, Content],
        known: Mapping[Address, Resource],
    ) -> Resource:
        """The desired resource; what it refers to is already among `known`."""
        ...

    def observe(self, api: Api, owners: Owners) -> Iterator[Observed]:
        """Everything live of this kind: one complete, paged list, walked before the first yield."""
        ...

    def fetch(self, api: Api, id_: str, owners: Owners) -> Observed:
        """One object by its id; raises NotFound where the API says that it is gone."""
        ...

    def create(self, api: Api, line: Line, make: Make, owners: Owners) -> Observed:
        """Create it, at most once. Raises Refused where nothing was made, Unknown in doubt.

        Args:
            line: a fresh connection for the one request; only what needs several goes by `api`.
        """
        ...

    def hold(self, api: Api, id_: str, owners: Owners, *, pause: bool) -> Observed:
        """Pause a run, or let it go on; only asked of kinds whose objects run."""
        ...

    def remove(self, api: Api, id_: str, owners: Owners) -> Observed | None:
        """Delete or cancel it; removing what is gone succeeds. The object, where one is left."""
        ...
