"""The outbox keeps a row of every mail; what is done for one costs the same, however many."""

import asyncpg

from db import mails
from tests.plans import plan_for_any_values, steps

FILL = """
    WITH made AS (
        INSERT INTO organizations (id, name, display_name, created_at)
        SELECT gen_random_uuid(), 'o-' || n, 'O', now() FROM generate_series(1, 300) n RETURNING id
    )
    INSERT INTO mails (organization_id, id, kind, cause, recipient, message_id, subject, queued_at,
                       text, html, sent_at)
    SELECT id, gen_random_uuid(), 'INVITATION', m, 'a@b.test', gen_random_uuid(), 'S',
           now() - row_number() OVER () * interval '1 second',
           CASE m WHEN 1 THEN 'T' END, CASE m WHEN 1 THEN 'H' END, CASE WHEN m > 1 THEN now() END
    FROM made CROSS JOIN generate_series(1, 10) m
"""
FEW = 6
"""Blocks: of an index, which is not high, and of the row. The table has some sixty."""
ONE_UNSENT = "SELECT id FROM mails WHERE text IS NOT NULL LIMIT 1"


async def test_one_mail_is_found_among_all_that_were_sent(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(FILL)
        await connection.execute("ANALYZE mails")
        mail_id = f"'{await connection.fetchval(ONE_UNSENT)}'::uuid"
    finally:
        await connection.close()
    for statement, literals in ((mails.BY_ID, [mail_id]), (mails.ERASE, ["now()", mail_id])):
        plan = await plan_for_any_values(database_url, statement, literals)
        *_, found = steps(plan)
        assert found["Shared Hit Blocks"] + found["Shared Read Blocks"] <= FEW
