"""An API client on a scripted server, with a clock that a test moves."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from reconciler.api.client import Api
from reconciler.api.endpoint import Endpoint
from reconciler.api.retry import Patience
from reconciler.api.transport import Transport
from reconciler.api.wire import Limits
from tests.support import canary

KEY = canary.KEY


@dataclass
class FakeTime:
    """Seconds that pass only by pausing."""

    now: float = 1000.0
    pauses: list[float] = field(default_factory=list)

    def clock(self) -> float:
        """The present."""
        return self.now

    def pause(self, seconds: float) -> None:
        """Waits, at once."""
        self.pauses.append(seconds)
        self.now += seconds


def endpoint_at(base_url: str, kind: str = "compatible") -> Endpoint:
    """An endpoint with a key that must never be seen."""
    return Endpoint(kind, base_url, None, None, KEY, "OPENAI_API_KEY")


@contextmanager
def client(
    endpoint: Endpoint | str,
    *,
    time: FakeTime | None = None,
    limits: Limits | None = None,
    is_over: Callable[[], bool] = lambda: False,
) -> Iterator[Api]:
    """An `Api` whose pauses take no time and whose jitter is one half."""
    time = time or FakeTime()
    at = endpoint_at(endpoint) if isinstance(endpoint, str) else endpoint
    transport = Transport(at, limits=limits or Limits(5.0, 5.0), clock=time.clock)
    with Api(transport, Patience(time.pause, time.clock, lambda: 0.5, is_over)) as api:
        yield api
