"""S3, Google Cloud Storage and Azure, through obstore.

Its own retries are off: it would send a create again whose answer was lost, and report our own
object as somebody else's. Who may do what is said by the environment that each cloud's tools use.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

import obstore
from obstore import exceptions
from obstore.store import from_url

from reconciler.backends.objects.endpoint import in_the_clear, refuse_redirects
from reconciler.backends.objects.store import StoreError, again
from reconciler.backends.place import Place
from reconciler.text import visible

READERS = 16
"""Requests at a time: a journal that a killed run left has as many objects as lines."""

_TIMEOUT = "30s"

_DENIED = (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError)
_FINAL = (*_DENIED, exceptions.InvalidPathError, exceptions.NotSupportedError,
          exceptions.UnknownConfigurationKeyError)  # fmt: skip

_CURES = {
    "s3": "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION, or a web identity of CI; with a"
    ' profile: eval "$(aws configure export-credentials --format env)"',
    "gs": "GOOGLE_APPLICATION_CREDENTIALS, or gcloud auth application-default login",
    "az": "AZURE_STORAGE_ACCOUNT_NAME with AZURE_STORAGE_ACCOUNT_KEY, or a federated identity",
}


class ObjectStore:
    """See `Store`; a prefix of a bucket."""

    def __init__(self, place: Place, environ: Mapping[str, str]) -> None:
        url = f"{place.scheme}://{'/'.join(filter(None, (place.host, place.path, place.label)))}"
        self._place, self._environ, self._is_known = place, environ, False
        self._cure = _CURES[place.scheme]
        with self._explained():
            self._store = from_url(
                url,
                client_options={
                    "timeout": _TIMEOUT,
                    "connect_timeout": "10s",
                    "allow_http": in_the_clear(place.scheme, environ),
                },
                retry_config={"max_retries": 0, "retry_timeout": timedelta(seconds=30)},
            )

    def create(self, key: str, data: bytes) -> bool:
        """See `Store.create`: one conditional PUT, never one in parts."""
        with self._asking():
            try:
                obstore.put(self._store, key, data, mode="create", use_multipart=False)
            except (exceptions.AlreadyExistsError, exceptions.PreconditionError):
                return False
        return True

    def read(self, keys: Sequence[str]) -> list[bytes | None]:
        """See `Store.read`."""
        if len(keys) == 1:
            return [again(partial(self._read, keys[0]))]
        with ThreadPoolExecutor(READERS) as pool:
            return list(pool.map(lambda key: again(partial(self._read, key)), keys))

    def _read(self, key: str) -> bytes | None:
        with self._asking():
            try:
                return bytes(obstore.get(self._store, key).bytes())
            except (exceptions.NotFoundError, FileNotFoundError):
                return None

    def names(self) -> Mapping[str, str]:
        """See `Store.names`."""
        return again(self._names)

    def _names(self) -> Mapping[str, str]:
        with self._asking():
            pages = obstore.list(self._store)
            return {each["path"]: each["e_tag"] or "" for page in pages for each in page}

    def remove(self, keys: Sequence[str]) -> None:
        """See `Store.remove`."""
        with self._asking():
            obstore.delete(self._store, list(keys))

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Say something to the store; nothing is said to one that redirects."""
        if not self._is_known:
            refuse_redirects(self._place, self._environ)
            self._is_known = True
        with self._explained():
            yield

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what obstore raises into a `StoreError`."""
        try:
            yield
        except (exceptions.AlreadyExistsError, exceptions.PreconditionError):
            raise
        except (exceptions.BaseError, OSError) as error:
            is_denied = isinstance(error, _DENIED) or "redential" in str(error)
            raise StoreError(
                _cause(str(error)),
                self._cure if is_denied else "",
                is_final=is_denied or isinstance(error, _FINAL),
            ) from None


def _cause(text: str) -> str:
    """The sentence in what obstore says, without the dump of its innards, on one line."""
    said = text.partition("\n\nDebug source:")[0]
    return visible(" ".join(said.split()))[:300]
