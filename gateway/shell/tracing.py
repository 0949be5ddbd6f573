"""Traces by OpenTelemetry: the extra `otel`, imported where the setting `tracing` asks for it.

A submission is a trace, and its id is the trace's: a ULID has 128 bits too. Its first span is
that of the intake which made it, whose span id is the lower half, so that every process names
the same parent. A span is made when its work is over, with the times that were kept: only then
is it known which submission it was for. Attributes are ids, names, states and counts: never
content, never a secret, and of an error its kind alone, as its words may repeat content.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    Status,
    StatusCode,
    TraceFlags,
    get_current_span,
    set_span_in_context,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from gateway.shell.clock import Clock
from gateway.shell.config_tracing import Tracing as Settings
from gateway.shell.core import SOFTWARE, Step

EXPORT_SECONDS_MAX = 5.0
STOP_SECONDS_MAX = 3.0
_LOWER_HALF = (1 << 64) - 1
# Crockford's digits become those that Python reads in base 32.
_DIGITS = str.maketrans("ABCDEFGHJKMNPQRSTVWXYZ", "abcdefghijklmnopqrstuv")


def trace_of(submission: str) -> int:
    """Give the trace id of a submission: the 128 bits of its ULID."""
    return int(submission.translate(_DIGITS), 32)


class _Ids(RandomIdGenerator):
    """Gives the first span of a submission the submission's own ids, and the others chance."""

    trace = 0

    def generate_trace_id(self) -> int:
        return self.trace or super().generate_trace_id()

    def generate_span_id(self) -> int:
        return _first_span(self.trace) if self.trace else super().generate_span_id()


class Tracing:
    """Makes spans and sends them, from a thread of its own; a collector that is away holds nothing up."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._clock = clock
        self._ids = _Ids()
        self._exporter = OTLPSpanExporter(endpoint=settings.endpoint, timeout=EXPORT_SECONDS_MAX)
        self.provider = TracerProvider(
            sampler=ALWAYS_ON,
            id_generator=self._ids,
            resource=Resource.create({"service.name": settings.service}),
            shutdown_on_exit=False,
        )
        self.provider.add_span_processor(BatchSpanProcessor(self._exporter))
        self._tracer = self.provider.get_tracer("gateway", SOFTWARE)

    @contextlib.contextmanager
    def watch(self, step: Step) -> Iterator[Step]:
        """Keep the times of a step, and make its spans when it is over."""
        begun = self._nanoseconds()
        try:
            yield step
        except BaseException as error:
            step.error = type(error).__name__
            raise
        finally:
            for submission in step.submissions:
                self._span(step, submission, begun)

    def _span(self, step: Step, submission: str, begun: int) -> None:
        """Make the span of a step in the trace of one submission. On the event loop alone."""
        trace = trace_of(submission)
        self._ids.trace = trace if step.first else 0
        span = self._tracer.start_span(
            step.name,
            Context() if step.first else _under(trace),
            attributes={f"gateway.{name}": value for name, value in step.notes.items()}
            | {"gateway.submission": submission},
            links=_links(step.traceparent),
            start_time=begun,
        )
        self._ids.trace = 0
        if step.error:
            span.set_attribute("error.type", step.error)
            span.set_status(Status(StatusCode.ERROR, step.error))
        span.end(self._nanoseconds())

    def _nanoseconds(self) -> int:
        return int(self._clock.seconds() * 1e9)

    def close(self) -> None:
        """Send what is left, for a moment at most: a stop does not wait for a collector."""
        ending = threading.Thread(target=self.provider.shutdown, name="traces end", daemon=True)
        ending.start()
        ending.join(STOP_SECONDS_MAX)
        if ending.is_alive():
            self._exporter.shutdown()  # type: ignore[no-untyped-call]


def _first_span(trace: int) -> int:
    return trace & _LOWER_HALF or 1


def _under(trace: int) -> Context:
    """Give the context of a span that stands under the first one of its trace."""
    first = SpanContext(trace, _first_span(trace), is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
    return set_span_in_context(NonRecordingSpan(first), Context())


def _links(traceparent: str) -> list[Link]:
    """Read what the caller says of its own trace (W3C Trace Context); what cannot be read is passed over."""
    if not traceparent:
        return []
    found = TraceContextTextMapPropagator().extract({"traceparent": traceparent}, Context())
    caller = get_current_span(found).get_span_context()
    return [Link(caller)] if caller.is_valid else []
