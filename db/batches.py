"""Deleting what is old, a batch in each transaction: none of them holds many rows, or for long."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, bindparam, delete, select
from sqlalchemy.orm import InstrumentedAttribute

from db.database import Database
from db.statements import Statement

BATCH = 10_000


def deleting(
    key: InstrumentedAttribute[Any],
    *conditions: ColumnElement[bool],
    oldest_by: InstrumentedAttribute[Any] | None = None,
) -> Statement:
    """Deletes at most `:most` rows, by their `key`, and returns each. What somebody holds is left.

    `oldest_by` a column with an index: planned for any moment, Postgres would not guess that what
    is old enough is few, and read the table.
    """
    found = select(key).where(*conditions).order_by(oldest_by)
    batch = found.limit(bindparam("most", type_=BigInteger)).with_for_update(skip_locked=True)
    return Statement(delete(key.class_).where(key.in_(batch)).returning(key))


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
