"""The worker: runs jobs as they are enqueued, each at least once, until it is told to stop.

What is done by the calendar runs beside them (`server.periodic`).
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from uuid import UUID

import asyncpg
import orjson
import structlog
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.models import Job

from db.job_queue import queue_on
from db.unavailable import CONNECTION_LOST
from db.urls import asyncpg_dsn
from server.listening import listen
from server.patience import PatientExecutor, is_last_attempt
from server.periodic import scheduler_on
from server.stopping import StoppedError, unless
from server.telemetry.telemetry import SILENT, Telemetry
from services.assembly import Services
from services.jobs import PUSH_CUSTOMER, RELEASE_SCHEDULE, SEND_MAIL, SYNC_EVENT, WRITE_NOTICES
from services.notices import Notice

log = structlog.get_logger(__name__)

_PAUSE_SECONDS = 1.0
_AT_ONCE = 20
"""Jobs under way in one worker: a burst waits in the queue and not for connections. The least that
the queue allows, twice what it fetches at once.
"""

Work = Callable[[Services, Job], Awaitable[None]]


async def work(
    services: Services,
    *,
    database_url: str,
    stop: asyncio.Event,
    telemetry: Telemetry = SILENT,
) -> None:
    """Run jobs until `stop`, then finish those that were begun.

    `database_url` is the direct one: the queue listens, and so do we, for the clock and the
    catalogue. A lost connection is made anew.
    """
    listening = asyncio.create_task(listen(services, database_url=database_url))
    try:
        with suppress(StoppedError):
            while not stop.is_set():
                try:
                    await _work_once(services, database_url, stop, telemetry)
                except* (*CONNECTION_LOST, asyncpg.PostgresError) as errors:
                    log.warning("worker.lost_database", reason=str(errors.exceptions[0]))
                    await asyncio.sleep(_PAUSE_SECONDS)
    finally:
        listening.cancel()


async def _work_once(
    services: Services, database_url: str, stop: asyncio.Event, telemetry: Telemetry
) -> None:
    connection = await unless(stop, asyncpg.connect(asyncpg_dsn(database_url)))
    try:
        queries = queue_on(AsyncpgDriver(connection))
        queue, scheduler = _queue(queries, services, telemetry), scheduler_on(queries, services)
        connection.add_termination_listener(lambda _: queue.shutdown.set())
        stopping = asyncio.create_task(_pass_on(stop, queue.shutdown))
        log.info("worker.ready")
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(scheduler.run())
                await queue.run(max_concurrent_tasks=_AT_ONCE, shutdown_on_listener_failure=True)
                scheduler.shutdown.set()
        finally:
            stopping.cancel()
    finally:
        await connection.close()


async def _pass_on(event: asyncio.Event, other: asyncio.Event) -> None:
    await event.wait()
    log.info("worker.ending")
    other.set()


def _queue(queries: Queries, services: Services, telemetry: Telemetry) -> QueueManager:
    queue = QueueManager(queries)
    jobs: dict[str, Work] = {
        SYNC_EVENT: _sync_event,
        PUSH_CUSTOMER: _push_customer,
        SEND_MAIL: _send_mail,
        WRITE_NOTICES: _write_notices,
        RELEASE_SCHEDULE: _release_schedule,
    }
    for name, job in jobs.items():
        queue.entrypoint(name, accepts_context=False, executor_factory=PatientExecutor)(
            partial(_observed, telemetry, job, services)
        )
    return queue


async def _observed(telemetry: Telemetry, work: Work, services: Services, job: Job) -> None:
    with telemetry.running(job):
        await work(services, job)


async def _sync_event(services: Services, job: Job) -> None:
    await services.inbox.resolve(_payload(job)["event_id"])


async def _push_customer(services: Services, job: Job) -> None:
    await services.customers.push(UUID(_payload(job)["organization_id"]))


async def _send_mail(services: Services, job: Job) -> None:
    mail_id, is_last = UUID(_payload(job)["mail_id"]), is_last_attempt(job)
    await services.mail.send(mail_id, is_last_attempt=is_last)


async def _release_schedule(services: Services, job: Job) -> None:
    await services.schedule_release.release(UUID(_payload(job)["organization_id"]))


async def _write_notices(services: Services, job: Job) -> None:
    await services.notices.write(Notice.of_payload(_payload(job)))


def _payload(job: Job) -> dict[str, str]:
    payload: dict[str, str] = orjson.loads(job.payload or b"{}")
    return payload
