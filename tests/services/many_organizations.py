"""Many organizations at once, made by the database itself."""

import asyncpg

USERS = """
INSERT INTO users (id, issuer, subject, email, email_key, email_verified, created_at)
SELECT gen_random_uuid(), 'https://issuer.test', 'p' || n, 'p' || n || '@example.com',
       'p' || n || '@example.com', true, now()
FROM generate_series(1, $1) AS n
"""
ORGANIZATIONS = """
INSERT INTO organizations (id, name, display_name, created_at)
SELECT gen_random_uuid(), 'many-' || n, 'Many ' || n, now() FROM generate_series(1, $1) AS n
"""
MEMBERS = """
INSERT INTO members (organization_id, id, user_id, role, status, joined_at)
SELECT o.id, gen_random_uuid(), u.id,
       CASE m WHEN 0 THEN 'OWNER' WHEN 1 THEN 'ADMIN' ELSE 'COLLABORATOR' END, 'ACTIVE', now()
FROM generate_series(0, $1) AS m
JOIN users u ON u.subject = 'p' || m + 1
CROSS JOIN (
    SELECT id FROM organizations WHERE name LIKE 'many-%' ORDER BY name LIMIT $2
) AS o
"""
SEATS = """
INSERT INTO seats (organization_id, id, number, state, member_id, began_at, began_reason)
SELECT organization_id, gen_random_uuid(),
       row_number() OVER (PARTITION BY organization_id ORDER BY id), 'OCCUPIED', id,
       now() - interval '1 day', 'INVITATION_ACCEPTED'
FROM members
"""
SUBSCRIPTIONS = """
INSERT INTO subscriptions (
    organization_id, id, stripe_subscription_id, is_current, status, plan_code, price_id, seats,
    began_at, current_period_start, current_period_end, was_entitled, ended_at, deactivates_at,
    stripe_item_id, cancels_at_period_end
)
SELECT o.id, gen_random_uuid(), 'sub_' || o.name, true, 'CANCELED', p.plan_code, p.id, 20,
       now() - interval '40 days', now() - interval '40 days', now() - interval '10 days', true,
       now() - interval '10 days', now() - interval '7 days', 'si_' || o.name, false
FROM (
    SELECT id, name FROM organizations WHERE name LIKE 'many-%' ORDER BY name LIMIT $1
) AS o
CROSS JOIN (SELECT id, plan_code FROM prices ORDER BY id LIMIT 1) AS p
"""


async def make_many(database_url: str, *, total: int, due: int, people: int) -> None:
    """`total` organizations, of which `due` have an owner and `people` more, and have expired.

    The people are the same everywhere. Wants the catalogue pushed.
    """
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(USERS, people + 1)
        await connection.execute(ORGANIZATIONS, total)
        await connection.execute(MEMBERS, people, due)
        await connection.execute(SEATS)
        await connection.execute(SUBSCRIPTIONS, due)
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


COPIED_ORGANIZATIONS = """
INSERT INTO organizations (id, name, display_name, created_at, stripe_customer_id, currency)
SELECT gen_random_uuid(), 'many-' || n, 'Many ' || n, o.created_at,
       o.stripe_customer_id || '_' || n, o.currency
FROM organizations o JOIN subscriptions s ON s.organization_id = o.id,
     generate_series(1, $2::int) AS n
WHERE s.stripe_subscription_id = $1
"""
COPIED_SUBSCRIPTIONS = """
INSERT INTO subscriptions
SELECT (jsonb_populate_record(s, jsonb_build_object(
    'organization_id', o.id, 'id', gen_random_uuid(),
    'stripe_subscription_id', s.stripe_subscription_id || '_' || n,
    'stripe_item_id', s.stripe_item_id || '_' || n
))).*
FROM subscriptions s, generate_series(1, $2::int) AS n
JOIN organizations o ON o.name = 'many-' || n
WHERE s.stripe_subscription_id = $1
"""


async def mirror_copies(database_url: str, subscription_id: str, *, count: int) -> None:
    """What we would have mirrored of the copies that the sandbox makes of a subscription."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(COPIED_ORGANIZATIONS, subscription_id, count)
        await connection.execute(COPIED_SUBSCRIPTIONS, subscription_id, count)
        await connection.execute("ANALYZE")
    finally:
        await connection.close()
