"""Jobs are added by a statement of our own, which leaves what PgQueuer's leaves."""

from typing import Any

import asyncpg
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver

from db.database import Database
from db.job_queue import queue_on

PAYLOADS = [{"event_id": "evt_1"}, {"event_id": "evt_2"}]


async def test_a_job_is_added_as_the_queue_would_add_it(database_url: str) -> None:
    database = Database(database_url)
    async with database.begin() as transaction:
        await transaction.enqueue("of_this_test", *PAYLOADS)
    await database.close()
    connection = await asyncpg.connect(database_url)
    try:
        encoded: list[bytes | None] = [b'{"event_id": "evt_1"}', b'{"event_id": "evt_2"}']
        queue = queue_on(AsyncpgDriver(connection))
        await queue.enqueue(["of_this_test"] * 2, encoded, [0, 0])
        for table in ("pgqueuer", "pgqueuer_log"):
            rows = await connection.fetch(f"SELECT * FROM jobs.{table} ORDER BY id")  # noqa: S608
            assert len(rows) == 4
            assert [_lasting(row) for row in rows[:2]] == [_lasting(row) for row in rows[2:]]
    finally:
        await connection.close()


def _lasting(row: "asyncpg.Record") -> dict[str, Any]:
    """Without the keys; of moments only which are equal, and that all are of this transaction."""
    moments = {value for name, value in row.items() if name in _MOMENTS and value is not None}
    return {
        "moments": len(moments),
        **{name: value for name, value in row.items() if name not in {"id", "job_id", *_MOMENTS}},
    }


_MOMENTS = frozenset({"created", "updated", "heartbeat", "execute_after"})
