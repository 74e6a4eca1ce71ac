"""A job is part of the trace of what enqueued it, by the semantic conventions for messaging."""

from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager

from opentelemetry import propagate
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer
from pgqueuer.domain.models import Job
from pgqueuer.ports.tracing import TracingProtocol, set_tracing_class

from server.telemetry.counting import has_failed

_HEADER = "otel"


class TracedJobs(TracingProtocol):
    """Of PgQueuer's own class for it we take the place: that one writes down what exceptions say,
    in which addresses can stand, and hears nothing of those that lead to another attempt.
    """

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def install(self) -> None:
        """For all queues of this process."""
        set_tracing_class(self)

    def headers(self) -> dict[str, object]:
        """Those that lead from a job to the span that is current now."""
        carrier: dict[str, str] = {}
        propagate.inject(carrier)
        return {_HEADER: carrier} if carrier else {}

    def trace_publish(self, entrypoints: list[str]) -> Generator[dict[str, object], None, None]:
        """The headers of each job that PgQueuer itself adds."""
        for _ in entrypoints:
            yield self.headers()

    @asynccontextmanager
    async def trace_process(self, job: Job) -> AsyncIterator[None]:  # noqa: ARG002
        """Nothing: see `running`."""
        yield

    @contextmanager
    def running(self, job: Job) -> Iterator[None]:
        """Around the work of a job."""
        carrier = {k: str(v) for k, v in (job.header_section(_HEADER) or {}).items()}
        with self._tracer.start_as_current_span(
            f"process {job.entrypoint}",
            context=propagate.extract(carrier),
            kind=SpanKind.CONSUMER,
            attributes={
                "messaging.system": "pgqueuer",
                "messaging.destination.name": job.entrypoint,
                "messaging.operation.name": "process",
                "messaging.operation.type": "process",
                "messaging.message.id": str(job.id),
                "seatwise.job.attempt": job.attempts,
            },
            record_exception=False,  # messages and tracebacks can hold values
            set_status_on_exception=False,
        ) as span:
            try:
                yield
            except Exception as error:
                if has_failed(error):
                    span.set_status(Status(StatusCode.ERROR))
                    span.set_attribute("error.type", type(error.__cause__ or error).__qualname__)
                raise
