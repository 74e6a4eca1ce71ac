"""Deleting what is old, a batch in each transaction: none of them holds many rows, or for long."""

from typing import Any

from db.database import Database
from db.statements import Statement

BATCH = 10_000


async def delete_in_batches(
    database: Database, statement: Statement, *, batch: int = BATCH, **values: Any
) -> int:
    """How many rows were deleted. `statement` deletes at most `:most`, and returns each."""
    total, deleted = 0, batch
    while deleted == batch:
        async with database.begin() as transaction:
            deleted = len(await transaction.fetch(statement, most=batch, **values))
        total += deleted
    return total
