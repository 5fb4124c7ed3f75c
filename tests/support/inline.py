"""An executor that does at once, and in order, what others do side by side."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any


class Inline(Executor):
    """A thread for each look at a world would be most of what a history costs."""

    def __init__(self, workers: int, name: str = "") -> None:
        """As many as one."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(fn(*args, **kwargs))
        return done
