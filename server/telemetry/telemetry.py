"""What a process tells about itself: always figures, and traces if the environment wants them."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.middleware import Middleware

from db.jobs import JobHeaders
from db.statement_observer import StatementObserver
from server.graphql_http.observer import Observer
from server.telemetry.counting import EndpointMetrics, count_stripe_call, counted_job
from server.telemetry.tracing import start_tracing
from services.stripe_gateway import CallObserver

if TYPE_CHECKING:
    from pgqueuer.domain.models import Job

    from server.telemetry.traced_calls import TracedCalls
    from server.telemetry.traced_jobs import TracedJobs
    from server.telemetry.tracing import Tracing


@dataclass(frozen=True, slots=True)
class Telemetry:
    """The observers that the parts of a process are given.

    Without tracing they only count; then no module of OpenTelemetry is loaded.
    """

    tracing: "Tracing | None" = None
    calls: "TracedCalls | None" = None
    jobs: "TracedJobs | None" = None

    @property
    def on_statement(self) -> StatementObserver | None:
        """For the database. None: nobody listens."""
        return self.calls.statement if self.calls else None

    @property
    def job_headers(self) -> JobHeaders | None:
        """For the jobs that a transaction adds."""
        return self.jobs.headers if self.jobs else None

    @property
    def on_stripe_call(self) -> CallObserver:
        """For the gateway to Stripe."""
        return self.calls.stripe_call if self.calls else count_stripe_call

    def endpoint_observer(self) -> Observer:
        """For the GraphQL endpoint."""
        if self.tracing is None:
            return EndpointMetrics()
        from server.telemetry.traced_operations import TracedOperations  # noqa: PLC0415 # only if wanted

        return TracedOperations(EndpointMetrics(), self.tracing.tracer)

    def middleware(self) -> list[Middleware]:
        """For the app."""
        if self.tracing is None:
            return []
        from server.telemetry.traced_requests import TracedRequests  # noqa: PLC0415 # only if wanted

        return [Middleware(TracedRequests, tracer=self.tracing.tracer)]

    @contextmanager
    def running(self, job: "Job") -> Iterator[None]:
        """Around each job of the worker."""
        with counted_job(job.entrypoint):
            if self.jobs is None:
                yield
                return
            with self.jobs.running(job):
                yield

    @asynccontextmanager
    async def lasting(self) -> AsyncIterator[None]:
        """At the end of the block nothing is left unsent."""
        try:
            yield
        finally:
            if self.tracing is not None:
                await self.tracing.aclose()


SILENT = Telemetry()
"""Counts only."""


def start_telemetry(*, database_url: str) -> Telemetry:
    """As the environment wants it. Raises `StartError` for what it wants and we cannot do."""
    tracing = start_tracing()
    if tracing is None:
        return Telemetry()
    from server.telemetry.traced_calls import TracedCalls  # noqa: PLC0415 # only if wanted
    from server.telemetry.traced_jobs import TracedJobs  # noqa: PLC0415 # only if wanted

    jobs = TracedJobs(tracing.tracer)
    jobs.install()
    calls = TracedCalls(tracing.tracer, database_url=database_url, calls=count_stripe_call)
    return Telemetry(tracing, calls, jobs)
