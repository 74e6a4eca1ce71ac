"""No query reads a large table from end to end: EXPLAIN says how Postgres goes about it."""

import json
import uuid
from collections.abc import AsyncIterator

import asyncpg
import pytest

from bench.dataset import Dataset, key
from db import access, members, organizations
from db.statements import Statement
from tests.conftest import execute, on_database
from tests.plans import plan_for_any_values, rows_looked_at

LARGE_TABLES = {"organizations", "members", "seats", "users", "subscriptions"}
DATASET = Dataset(2_000)
NOW = "timestamptz '2026-06-01Z'"
PARTS = frozenset({organizations.SUBSCRIPTION, organizations.SEAT_COUNTS, organizations.EXPIRY})
USER = f"'{key('user', 0)}'::uuid"
ORGANIZATION_IDS = f"ARRAY['{key('organization', 0)}'::uuid]"
STATEMENTS = {
    "Q1, by name": (
        organizations.viewed_by_name(PARTS),
        {"name": "'organization-0'", "user_id": USER, "now": NOW},
    ),
    "Q1, by id": (
        organizations.viewed_by_ids(PARTS),
        {"ids": ORGANIZATION_IDS, "user_id": USER, "now": NOW},
    ),
    "Q2": (
        members.page(members.MemberFilter(), after=False, descending=False),
        {"parent_ids": ORGANIZATION_IDS, "limit": "51"},
    ),
    "Q3": (
        organizations.viewed_page(PARTS, after=False),
        {"user_id": USER, "now": NOW, "limit": "21"},
    ),
    "Q4": (
        access.DECISIONS,
        {
            "subjects": "ARRAY['user0']",
            "organization_ids": ORGANIZATION_IDS,
            "issuer": "'https://issuer.test'",
        },
    ),
}


@pytest.fixture(scope="module")
async def filled(postgres_url: str) -> AsyncIterator[str]:
    """A database with the data set in it."""
    name = f"plans_{uuid.uuid4().hex}"
    await execute(postgres_url, f"CREATE DATABASE {name}")
    url = on_database(postgres_url, name)
    await DATASET.make(url, issuer="https://issuer.test")
    yield url
    await execute(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize("name", STATEMENTS)
async def test_no_large_table_is_read_from_end_to_end(filled: str, name: str) -> None:
    statement, values = STATEMENTS[name]
    connection = await asyncpg.connect(filled)
    try:
        await connection.execute("SET random_page_cost = 1.1")  # of an SSD: tables here are small
        rows = await connection.fetch(f"EXPLAIN {_written_out(statement, values)}")
    finally:
        await connection.close()
    plan = "\n".join(row[0] for row in rows)
    read = {
        line.split("Seq Scan on ")[1].split()[0] for line in plan.splitlines() if "Seq Scan" in line
    }
    assert not read & LARGE_TABLES, plan


@pytest.mark.parametrize("name", STATEMENTS)
async def test_a_plan_for_any_values_looks_at_few_rows(filled: str, name: str) -> None:
    """After some runs Postgres plans a prepared statement once, without its values."""
    statement, values = STATEMENTS[name]
    literals = [_literal(value, values) for value in statement.arguments(values)]
    plan = await plan_for_any_values(filled, statement, literals)
    assert rows_looked_at(plan) < DATASET.organizations, json.dumps(plan, indent=1)


def _written_out(statement: Statement, values: dict[str, str]) -> str:
    """The statement with its parameters in it: EXPLAIN of a prepared one plans for any value."""
    sql = statement.sql
    arguments = statement.arguments(values)
    for number in range(len(arguments), 0, -1):
        sql = sql.replace(f"${number}", _literal(arguments[number - 1], values))
    return sql


def _literal(value: str, values: dict[str, str]) -> str:
    """Of an argument that was not given there is only the default, a text."""
    return value if value in values.values() else f"'{value}'"
