"""No connection of the contract reads a large table from end to end: each statement that it asks
is explained by Postgres, on tables that are large enough for an index to be worth it.
"""

import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg
import pytest

from bench.dataset import Dataset, key
from server.development_issuer.people import subject_of
from tests.conftest import ServeApp, execute, on_database
from tests.schema.statements import Statements, counted_statements
from tests.schema.test_statement_counts import NODES, PLACES
from tests.schema.test_stripe_events import ask as ask_as_operator
from tests.stack import ServedStack, running_served_stack, settings_for

DATASET = Dataset(2_000)
LARGE = 5_000
"""Rows of a table that must not be read from end to end."""
EMAIL = "user0@example.com"
FILL = """
INSERT INTO invitations (organization_id, id, email, email_key, role, token_hash, status,
    invited_by, created_at, sent_at, expires_at)
SELECT organization_id, gen_random_uuid(), 'guest' || n || '@x.test', 'guest' || n || '@x.test',
    'COLLABORATOR', gen_random_uuid(), 'PENDING', id, now(), now(), now() + interval '1 day'
FROM members, generate_series(1, 5) n WHERE role = 'OWNER';
INSERT INTO audit_events (organization_id, id, at, actor_kind, actor_user_id, action, target_type,
    target_id)
SELECT organization_id, gen_random_uuid(), now(), 'USER', user_id, 'organization.updated',
    'Organization', organization_id
FROM members, generate_series(1, 5) WHERE role = 'OWNER';
INSERT INTO billing_sessions (organization_id, id, kind, status, stripe_session_id, return_url,
    created_by, created_at)
SELECT organization_id, gen_random_uuid(), 'PORTAL', 'OPEN', gen_random_uuid(), 'https://x.test',
    user_id, now()
FROM members, generate_series(1, 5) WHERE role = 'OWNER';
INSERT INTO invoices (organization_id, id, stripe_invoice_id, stripe_subscription_id, status,
    currency, subtotal, discount, tax, total, amount_due, amount_paid, issued_at, period_start,
    period_end, lines)
SELECT o.id, gen_random_uuid(), gen_random_uuid(), s.stripe_subscription_id, 'PAID', 'usd', 100, 0,
    0, 100, 100, 100, now(), now(), now(), '[]'
FROM organizations o JOIN subscriptions s ON s.organization_id = o.id, generate_series(1, 5);
INSERT INTO stripe_events (id, type, object_id, stripe_customer_id, stripe_created_at, received_at,
    payload, state, closed_at)
SELECT 'evt_' || n, 'invoice.paid', 'in_' || n, 'cus_' || n % 2000, now(), now(), '{}', 'DONE',
    now()
FROM generate_series(1, 10000) n
"""


@pytest.fixture(scope="module")
async def large(
    postgres_url: str,
    sandbox_process: str,
    tmp_path_factory: pytest.TempPathFactory,
    unused_port: Callable[[], int],
    serve_app: ServeApp,
) -> AsyncIterator[ServedStack]:
    """A server on large tables; user 0 owns the first organization."""
    name = f"large_{uuid.uuid4().hex}"
    await execute(postgres_url, f"CREATE DATABASE {name}")
    url, data_dir = on_database(postgres_url, name), tmp_path_factory.mktemp("large")
    settings = settings_for(url, sandbox_process, Path(data_dir), port=unused_port())
    await DATASET.make(url, issuer=settings.oidc_issuer)
    subject = f"subject = '{subject_of(EMAIL)}'"
    owner = f"UPDATE users SET {subject} WHERE id = '{key('user', 0)}'"  # noqa: S608 # a digest
    await execute(url, *FILL.split(";"), owner, "VACUUM ANALYZE")
    async with running_served_stack(settings, serve_app) as running:
        yield running
    await execute(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize("connection", NODES)
async def test_no_connection_reads_a_large_table_from_end_to_end(
    large: ServedStack, connection: str
) -> None:
    place, _, field = connection.partition(".")
    counted = "" if place == "Query" else "totalCount"  # of everybody's events: it reads them all
    page = f"{field}(first: 20) {{ {counted} pageInfo {{ endCursor }} nodes {NODES[connection]} }}"
    document = PLACES[place].format(page).replace('"acme"', '"organization-0"')
    with counted_statements() as statements:
        if place == "Query":
            answer = await ask_as_operator(large, f"{{ {document} }}")
        else:
            answer = await large.graphql(f"{{ {document} }}", email=EMAIL)
    assert "errors" not in answer, answer
    assert len(statements) > 0
    url = large.settings.database_url
    assert url is not None
    assert await read_to_the_end(url.get_secret_value(), statements) == []


async def test_events_of_a_rare_type_are_found_without_reading_the_others(
    large: ServedStack,
) -> None:
    with counted_statements() as statements:
        answer = await ask_as_operator(
            large, '{ stripeEvents(type: "customer.deleted") { totalCount nodes { id } } }'
        )
    assert answer["data"]["stripeEvents"] == {"totalCount": 0, "nodes": []}
    url = large.settings.database_url
    assert url is not None
    explanations, _ = await explained(url.get_secret_value(), statements)
    plans = [plan for plan in explanations if "stripe_events" in plan]  # a process reads more
    assert len(plans) == 2
    assert all("ix_stripe_events_type" in plan for plan in plans), plans


async def read_to_the_end(url: str, statements: Statements) -> list[str]:
    """The plans of those that read a large table from end to end."""
    plans, large = await explained(url, statements)
    return [plan for plan in plans for table in large if f"Seq Scan on {table}" in plan]


async def explained(url: str, statements: Statements) -> tuple[list[str], list[str]]:
    """The plan of each statement, and the large tables."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SET random_page_cost = 1.1")  # of an SSD: tables here are small
        rows = "SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples > $1"
        large = [row["relname"] for row in await connection.fetch(rows, LARGE)]
        assert {"members", "seats", "invoices", "audit_events", "stripe_events"} <= set(large)
        plans = [
            "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {sql}", *arguments))
            for sql, arguments in zip(statements.texts, statements.arguments, strict=True)
        ]
    finally:
        await connection.close()
    return plans, large
