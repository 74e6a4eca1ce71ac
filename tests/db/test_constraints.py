"""Rules that the database itself holds: rows that break one are refused, whoever writes them."""

import asyncpg
import pytest

ORGANIZATION = """
    INSERT INTO organizations (id, name, display_name, created_at)
    VALUES (gen_random_uuid(), 'acme', 'Acme', now())
"""
SESSION = """
    INSERT INTO billing_sessions
        (organization_id, id, kind, status, stripe_session_id, return_url, created_at, closed_at)
    SELECT id, gen_random_uuid(), 'PORTAL', %s, 'bps_1', 'https://x.test', now(), %s
    FROM organizations
"""
EVENT = """
    INSERT INTO stripe_events
        (id, type, stripe_created_at, received_at, payload, state, closed_at)
    VALUES ('evt_1', 'invoice.paid', now(), now(), '{}', %s, %s)
"""
AUDITED = """
    INSERT INTO audit_events
        (organization_id, id, at, actor_kind, actor_user_id, action, target_type, target_id)
    SELECT id, gen_random_uuid(), now(), %s, %s, 'a.done', 'Organization', id FROM organizations
"""
BROKEN = [
    (SESSION, ("'OPEN'", "now()"), "ck_billing_sessions_closing"),
    (SESSION, ("'COMPLETED'", "NULL"), "ck_billing_sessions_closing"),
    (EVENT, ("'RECEIVED'", "now()"), "ck_stripe_events_closing"),
    (EVENT, ("'DEAD'", "NULL"), "ck_stripe_events_closing"),
    (AUDITED, ("'USER'", "NULL"), "ck_audit_events_actor"),
    (AUDITED, ("'SYSTEM'", "gen_random_uuid()"), "ck_audit_events_actor"),
]


async def test_what_goes_together_is_kept_together(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(ORGANIZATION)
        for statement, values, constraint in BROKEN:
            with pytest.raises(asyncpg.CheckViolationError, match=constraint):
                await connection.execute(statement % values)
    finally:
        await connection.close()
