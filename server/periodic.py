"""What is done by the calendar. The schedules stand in the database: of all workers, one does each.

Should two do it nevertheless, nothing is done twice: each of these is safe to repeat.
"""

import asyncio
from dataclasses import asdict
from datetime import timedelta
from functools import partial

import structlog
from pgqueuer.core.sm import SchedulerManager
from pgqueuer.domain.models import Schedule
from pgqueuer.ports import RepositoryPort

from db import job_log, rate_counts
from services import idempotency
from services.assembly import Services
from services.reconciler import Watching
from services.reconciliation_runs import AlreadyReconcilingError
from services.stripe_gateway import StripeRefusedError, StripeUnavailableError

log = structlog.get_logger(__name__)

EVERY_MINUTE = "* * * * *"
EVERY_HOUR = "17 * * * *"
CALLER_IS_GONE = timedelta(minutes=2)
"""No caller waits this long for Stripe: whose intent is older has died."""


def scheduler_on(queries: RepositoryPort, services: Services) -> SchedulerManager:
    """Runs what is due, on real time, until its `shutdown` is set."""
    scheduler = SchedulerManager(queries)
    scheduler.schedule("sweep_expiries", EVERY_MINUTE, accepts_context=False)(
        partial(_sweep_expiries, services)
    )
    scheduler.schedule("finish_intents", EVERY_MINUTE, accepts_context=False)(
        partial(_finish_intents, services)
    )
    scheduler.schedule("forget_idempotency_keys", EVERY_HOUR, accepts_context=False)(
        partial(_forget_idempotency_keys, services)
    )
    scheduler.schedule("forget_stripe_events", EVERY_HOUR, accepts_context=False)(
        partial(_forget_stripe_events, services)
    )
    scheduler.schedule("forget_rate_counts", EVERY_HOUR, accepts_context=False)(
        partial(_forget_rate_counts, services)
    )
    scheduler.schedule("forget_job_log", EVERY_HOUR, accepts_context=False)(
        partial(_forget_job_log, services)
    )
    scheduler.schedule("reconcile", EVERY_HOUR, accepts_context=False)(
        partial(_reconcile, services, scheduler.shutdown)
    )
    return scheduler


async def _finish_intents(services: Services, _: Schedule) -> None:
    await services.intents.run_left_open(older_than=CALLER_IS_GONE)


async def _forget_idempotency_keys(services: Services, _: Schedule) -> None:
    await idempotency.forget_old(services.database, now=services.clock.now())


async def _forget_stripe_events(services: Services, _: Schedule) -> None:
    await services.stripe_events.forget_old()


async def _forget_rate_counts(services: Services, _: Schedule) -> None:
    await rate_counts.forget_old(services.database)


async def _forget_job_log(services: Services, _: Schedule) -> None:
    await job_log.forget_old(services.database)


async def _sweep_expiries(services: Services, _: Schedule) -> None:
    await services.expiry.sweep()


async def _reconcile(services: Services, stop: asyncio.Event, _: Schedule) -> None:
    """Whether a worker is told to stop or dies, the next run goes on from there."""
    try:
        done = await services.reconciler.reconcile(watching=Watching(stop=stop))
        log.info("reconciler.done", **asdict(done))
    except (AlreadyReconcilingError, StripeUnavailableError) as error:
        log.warning("reconciler.interrupted", reason=str(error))
    except StripeRefusedError as error:
        log.error("stripe.refused", **error.facts)  # noqa: TRY400 # a traceback says no more
