"""Traces of a command by OpenTelemetry, where an operator says where they go.

They go nowhere unless the environment names a collector, as its specification says, and the
`otel` extra is installed; `TRACEPARENT` makes them a part of the CI run's trace.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from reconciler import __version__

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

    from reconciler.events import Event

COLLECTORS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PATIENCE_MS = 3_000
"""Milliseconds in which the last spans go out; a collector that is down holds up nothing more."""


class Trace:
    """The span of a command, and one below it for each effect and each wait."""

    def __init__(self, tracer: "Tracer", root: "Span") -> None:
        self._tracer, self._root = tracer, root
        self._open: dict[Any, Span] = {}

    def see(self, event: "Event") -> None:
        """An effect begins, or has ended."""
        from reconciler.events import Done, Postponed, Sending, Skipped, Started  # noqa: PLC0415  # late

        change = event.change
        match event:
            case Started():
                attributes = {"reconciler.address": str(change.address)}
                name = f"{change.action.word} {change.address.kind}"
                self._open[change.key] = self._tracer.start_span(name, attributes=attributes)
            case Sending() | Skipped() | Postponed():
                return
            case _:
                self._end(self._open.pop(change.key, None), event, is_done=isinstance(event, Done))

    def _end(self, span: "Span | None", event: Any, *, is_done: bool) -> None:  # noqa: ANN401  # one that ends
        from opentelemetry.trace import StatusCode  # noqa: PLC0415

        if span is None:
            return
        if id_ := getattr(event, "id", ""):
            span.set_attribute("reconciler.id", id_)
        if not is_done:
            span.set_status(StatusCode.ERROR, event.error.what)
        span.end()

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """A wait, as a span of its own."""
        with self._tracer.start_as_current_span(f"wait {what}"):
            yield

    def end(self, code: int) -> None:
        """The command has ended with this exit code."""
        from opentelemetry.trace import StatusCode  # noqa: PLC0415

        self._root.set_attribute("process.exit.code", code)
        if code:
            self._root.set_status(StatusCode.ERROR, f"exit {code}")


def is_wanted(environ: Mapping[str, str]) -> bool:
    """Whether a collector is named, and traces are not switched off."""
    is_off = environ.get("OTEL_SDK_DISABLED") == "true"
    is_none = environ.get("OTEL_TRACES_EXPORTER") == "none"
    return not (is_off or is_none) and any(environ.get(name) for name in COLLECTORS)


@contextmanager
def traced(environ: Mapping[str, str], command: str) -> Iterator[Trace]:
    """The trace of one command; what was noted goes out at its end.

    Raises:
        ImportError: the extra is not installed.
    """
    import logging  # noqa: PLC0415  # what follows imports it, too; `--help` does not

    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.propagate import extract  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # it may be down: so be it
    about = {"service.name": environ.get("OTEL_SERVICE_NAME", "reconciler")}
    provider = TracerProvider(resource=Resource.create({**about, "service.version": __version__}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(timeout=2)))
    parent = extract({"traceparent": environ.get("TRACEPARENT", "")})
    tracer = provider.get_tracer("reconciler", __version__)
    try:
        with tracer.start_as_current_span(
            f"reconciler {command}",
            context=parent,
            record_exception=False,  # its code and words are the end's business
            set_status_on_exception=False,
        ) as root:
            yield Trace(tracer, root)
    finally:
        provider.force_flush(PATIENCE_MS)
        provider.shutdown()
