"""Triggers, in the run's own database, that write down every change of the rows in question.

Of one organization the order is exact: who writes these rows holds the organization's lock, and
numbers are drawn from a sequence under it. The clocks of the processes are not needed for it.
"""

import json
from dataclasses import dataclass
from typing import Any

import asyncpg

from tests.conftest import execute

TABLES = ("intents", "seats", "subscriptions")

_INSTALL = """
    CREATE SCHEMA chaos;
    CREATE TABLE chaos.journal (
        number bigserial PRIMARY KEY,
        transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
        relation text NOT NULL,
        operation text NOT NULL,
        organization_id uuid NOT NULL,
        state jsonb NOT NULL
    );
    CREATE FUNCTION chaos.write_down() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE state jsonb := to_jsonb(CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END);
    BEGIN
        INSERT INTO chaos.journal (relation, operation, organization_id, state)
        VALUES (TG_TABLE_NAME, TG_OP, (state ->> 'organization_id')::uuid, state);
        RETURN NULL;
    END $$;
"""
_WATCH = """
    CREATE TRIGGER chaos_journal AFTER INSERT OR UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION chaos.write_down()
"""


@dataclass(frozen=True)
class Entry:
    """What a row was after a change; before it, if it was deleted."""

    number: int
    transaction: int
    relation: str
    operation: str
    organization: str
    state: dict[str, Any]


async def install(database_url: str) -> None:
    """Begin to write down."""
    await execute(database_url, _INSTALL, *(_WATCH.format(table=table) for table in TABLES))


async def read(database_url: str) -> dict[str, list[Entry]]:
    """What was written down, by organization, in order."""
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch("SELECT * FROM chaos.journal ORDER BY number")
    finally:
        await connection.close()
    found: dict[str, list[Entry]] = {}
    for row in rows:
        entry = Entry(
            row["number"],
            row["transaction"],
            row["relation"],
            row["operation"],
            str(row["organization_id"]),
            json.loads(row["state"]),
        )
        found.setdefault(entry.organization, []).append(entry)
    return found
