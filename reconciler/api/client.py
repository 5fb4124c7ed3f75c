"""The API as flat verbs, a file each for files, uploads, jobs, models and chat."""

from types import TracebackType
from typing import Self

from reconciler.api.chat import Chat
from reconciler.api.endpoint import Endpoint
from reconciler.api.files import Files
from reconciler.api.jobs import Jobs
from reconciler.api.models import Models
from reconciler.api.retry import Patience
from reconciler.api.uploads import Uploads


class Api(Files, Uploads, Jobs, Models, Chat):
    """Every verb of one endpoint; any number of threads may use it.

    A verb returns what the API answered, as plain JSON, or raises one of `reconciler.errors`:
    `Refused` or `NotFound`, `Unreachable`, `Unknown`, and for lists `Unsettled`. Creates go
    through `dial()` and are never sent twice.
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the kept connections."""
        self.transport.close()

    def hasten(self, seconds: float) -> None:
        """End everything on the wire within so many seconds, what is under way and what is to come.

        For whoever has to leave: a verb then fails as one does whose connection broke.
        """
        self.transport.hasten(seconds)


def connect(endpoint: Endpoint, patience: Patience | None = None) -> Api:
    """The API at `endpoint`; no connection is made before the first verb."""
    # urllib3 loads here, so that --help and completion do not wait for it.
    from reconciler.api.transport import Transport  # noqa: PLC0415 - a late import on purpose

    return Api(Transport(endpoint), patience or Patience())
