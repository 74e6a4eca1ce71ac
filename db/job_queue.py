"""PgQueuer on our database, in the schema `jobs`: for those who take jobs, and for migrations.

Who adds a job does it by `db.jobs`, without this library.
"""

from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.qb import (
    QueryBuilderEnvironment,
    QueryQueueBuilder,
    QuerySchedulerBuilder,
)
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain.settings import DBSettings

QUEUE_SETTINGS = DBSettings(db_schema="jobs")


def queue_on(driver: AsyncpgDriver) -> Queries:
    """The queue, reached through `driver`: jobs commit with that connection's transaction."""
    return Queries(
        driver,
        qbe=QueryBuilderEnvironment(settings=QUEUE_SETTINGS),
        qbq=QueryQueueBuilder(settings=QUEUE_SETTINGS),
        qbs=QuerySchedulerBuilder(settings=QUEUE_SETTINGS),
    )
