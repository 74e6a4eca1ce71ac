"""The data that is measured on, made by a few set-based statements in seconds.

Every id follows from a number, so that a request can be written without asking the database.
Of each ten organizations one has 65 members and nine have 15: at scale 1 that is 10,000
organizations and 200,000 members of 10,000 users, each of whom belongs to 20 organizations.
"""

import hashlib
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from db import migrate

ORGANIZATIONS = 10_000
LARGE, SMALL = 65, 15
MEMBERS_OF_TEN = LARGE + 9 * SMALL
CATALOGUE = """
INSERT INTO plans (code, name, description, features, rank, minimum_seats, maximum_seats) VALUES
    ('FREE', 'Free', 'For one.', '{}', 0, 1, 1),
    ('BUSINESS', 'Business', 'For many.', '{}', 1, 5, 500);
INSERT INTO prices (id, plan_code, interval, currency, unit_amount, stripe_price_id) VALUES
    (md5('price')::uuid, 'BUSINESS', 'MONTHLY', 'usd', 4000, 'price_bench');
"""
ROWS = """
INSERT INTO users (id, issuer, subject, email, email_key, email_verified, name, created_at)
SELECT md5('user' || n)::uuid, $1, 'user' || n, 'user' || n || '@example.com',
       'user' || n || '@example.com', true, 'User ' || n, '2026-01-01Z'
FROM generate_series(0, $2::int - 1) n;

INSERT INTO organizations (id, name, display_name, stripe_customer_id, currency, created_at)
SELECT md5('organization' || n)::uuid, 'organization-' || n, 'Organization ' || n, 'cus_' || n,
       'usd', '2026-01-01Z'
FROM generate_series(0, $2::int - 1) n;

INSERT INTO subscriptions (organization_id, id, stripe_subscription_id, is_current, status,
    plan_code, price_id, seats, began_at, current_period_start, current_period_end,
    was_entitled, stripe_item_id, cancels_at_period_end)
SELECT md5('organization' || n)::uuid, md5('subscription' || n)::uuid, 'sub_' || n, true, 'ACTIVE',
    'BUSINESS', md5('price')::uuid, 70, '2026-01-01Z', '2026-11-01Z', '2026-12-01Z',
    true, 'si_' || n, false
FROM generate_series(0, $2::int - 1) n;

CREATE UNLOGGED TABLE placed AS
SELECT organization, slot,
    organization / 10 * 200
    + CASE WHEN organization % 10 = 0 THEN slot ELSE 50 + organization % 10 * 15 + slot END
    AS number
FROM generate_series(0, $2::int - 1) organization,
    generate_series(0, CASE WHEN organization % 10 = 0 THEN 64 ELSE 14 END) slot;

INSERT INTO members (organization_id, id, user_id, role, status, joined_at)
SELECT md5('organization' || organization)::uuid, md5('member' || number)::uuid,
    md5('user' || number % $2::int)::uuid,
    CASE slot WHEN 0 THEN 'OWNER' WHEN 1 THEN 'ADMIN' ELSE 'COLLABORATOR' END, 'ACTIVE',
    timestamptz '2026-01-01Z' + slot * interval '1 minute'
FROM placed;

INSERT INTO seats (organization_id, id, number, state, member_id, began_at, began_reason)
SELECT md5('organization' || organization)::uuid, md5('seat' || number)::uuid, slot + 1, 'OCCUPIED',
    md5('member' || number)::uuid, timestamptz '2026-01-01Z' + slot * interval '1 minute',
    CASE slot WHEN 0 THEN 'ORGANIZATION_CREATED' ELSE 'INVITATION_ACCEPTED' END
FROM placed;

DROP TABLE placed;
"""


def key(kind: str, number: int) -> UUID:
    """The id of the `number`th row of a kind, as the statements above make it."""
    return UUID(hashlib.md5(f"{kind}{number}".encode(), usedforsecurity=False).hexdigest())


@dataclass(frozen=True, slots=True)
class Dataset:
    """How much there is, and who is where."""

    organizations: int = ORGANIZATIONS

    @property
    def members(self) -> int:
        """How many memberships there are. Users are as many as organizations, each in 20."""
        return self.organizations // 10 * MEMBERS_OF_TEN

    def user_of(self, organization: int, *, slot: int) -> int:
        """The number of the user in that place of an organization; the owner's slot is 0."""
        return self.member_of(organization, slot=slot) % self.organizations

    def member_of(self, organization: int, *, slot: int) -> int:
        """The number of the member in that place."""
        offset = 0 if organization % 10 == 0 else LARGE - SMALL + organization % 10 * SMALL
        return organization // 10 * MEMBERS_OF_TEN + offset + slot

    async def make(self, url: str, *, issuer: str) -> None:
        """Migrate an empty database and fill it; `issuer` is that of the users' tokens."""
        await migrate.upgrade(url)
        connection = await asyncpg.connect(url)
        try:
            # what refers to what is right by construction: it need not be looked up for each row
            await connection.execute("SET session_replication_role = replica")
            await connection.execute(CATALOGUE)
            for statement in filter(str.strip, ROWS.split(";\n")):
                text = statement.replace("$1", f"'{issuer}'")
                await connection.execute(text.replace("$2::int", str(self.organizations)))
            await connection.execute("VACUUM ANALYZE")
        finally:
            await connection.close()
