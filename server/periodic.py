"""What is done by the calendar. The schedules stand in the database: of all workers, one does each.

Should two do it nevertheless, nothing is done twice: each of these is safe to repeat.
"""

from functools import partial

from pgqueuer.core.sm import SchedulerManager
from pgqueuer.domain.models import Schedule
from pgqueuer.ports import RepositoryPort

from services.assembly import Services

EVERY_MINUTE = "* * * * *"


def scheduler_on(queries: RepositoryPort, services: Services) -> SchedulerManager:
    """Runs what is due, on real time, until its `shutdown` is set."""
    scheduler = SchedulerManager(queries)
    scheduler.schedule("sweep_expiries", EVERY_MINUTE, accepts_context=False)(
        partial(_sweep_expiries, services)
    )
    return scheduler


async def _sweep_expiries(services: Services, _: Schedule) -> None:
    await services.expiry.sweep()
