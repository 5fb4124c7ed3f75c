"""Optional parts, each installed by an extra of the package."""

from collections.abc import Iterator
from contextlib import contextmanager

from reconciler.errors import UsageError


@contextmanager
def needs_extra(extra: str) -> Iterator[None]:
    """Name the install command where an optional part is not installed."""
    try:
        yield
    except ImportError as error:
        raise UsageError(
            f"the {extra} extra is not installed",
            why=f"{error.name or 'a module'} is missing",
            cure=f'pip install "finetune-reconciler[{extra}]"',
        ) from error
