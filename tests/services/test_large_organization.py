"""10,000 members in one organization: a page costs what it costs in a small one, however deep."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest
from sqlalchemy import text

from db import audit_events, members, seat_ledger, seats
from db.statements import Statement
from services.members import MemberListRequest
from services.pages import PageRequest
from tests.plans import steps
from tests.services.team import Team, new_team
from tests.stack import Stack

MANY, FEW = 10_000, 30
FILL = """
    WITH person AS (
        INSERT INTO users (id, issuer, subject, email, email_verified, name, created_at)
        SELECT gen_random_uuid(), 'https://many.test', :prefix || n, :prefix || n || '@example.com',
               true, 'Person ' || n, now()
        FROM generate_series(1, :many) n RETURNING id, subject
    ), joined AS (
        INSERT INTO members (organization_id, id, user_id, role, status, joined_at)
        SELECT :organization, gen_random_uuid(), id, 'COLLABORATOR', 'ACTIVE',
               now() + substr(subject, 2)::int * interval '1 millisecond'
        FROM person RETURNING id, joined_at
    ), written AS (
        INSERT INTO audit_events
            (organization_id, id, at, actor_kind, action, target_type, target_id)
        SELECT :organization, gen_random_uuid(), joined_at, 'SYSTEM', 'member.joined', 'Member', id
        FROM joined
    )
    INSERT INTO seats
        (organization_id, id, number, state, member_id, began_at, began_reason)
    SELECT :organization, gen_random_uuid(), 1 + row_number() OVER (), 'OCCUPIED', id, joined_at,
           'INVITATION_ACCEPTED'
    FROM joined
"""


async def fill(team: Team, organization: UUID, *, prefix: str, many: int) -> None:
    async with team.stack.services.database.begin() as transaction:
        await transaction.session.execute(
            text(FILL), {"organization": organization, "prefix": prefix, "many": many}
        )


async def blocks(url: str, statement: Statement, **values: Any) -> int:
    """How many blocks of tables and indexes Postgres reads for a statement."""
    plan = await explained(url, statement, **values)
    return int(plan["Shared Hit Blocks"]) + int(plan["Shared Read Blocks"])


async def explained(url: str, statement: Statement, **values: Any) -> dict[str, Any]:
    """How Postgres ran a statement."""
    connection = await asyncpg.connect(url)
    try:
        answer = await connection.fetchval(
            f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement.sql}",
            *statement.arguments(values),
        )
    finally:
        await connection.close()
    plan: dict[str, Any] = orjson.loads(answer)[0]["Plan"]
    return plan


@pytest.fixture
async def large(stack: Stack) -> tuple[Team, UUID]:
    """An organization of many members, and the id of a small one beside it."""
    team = await new_team(stack)
    small = await stack.organization(team.owner, "small")
    await fill(team, team.organization, prefix="m", many=MANY)
    await fill(team, small, prefix="f", many=FEW)
    connection = await asyncpg.connect(stack.services.database.url)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()
    return team, small


async def test_a_page_costs_the_same_at_any_size_and_depth(large: tuple[Team, UUID]) -> None:
    team, small = large
    url, now = team.stack.services.database.url, team.stack.services.clock.now()
    deep = now + timedelta(seconds=9)
    unfiltered = members.MemberFilter()
    statements: dict[str, tuple[Statement, Statement, dict[str, Any]]] = {
        "members": (
            members.page(unfiltered, after=False, descending=False),
            members.page(unfiltered, after=True, descending=False),
            {"after_0": deep},
        ),
        "members, newest first": (
            members.page(unfiltered, after=False, descending=True),
            members.page(unfiltered, after=True, descending=True),
            {"after_0": now + timedelta(seconds=1)},
        ),
        "seats": (
            seats.page(of_state=False, after=False),
            seats.page(of_state=False, after=True),
            {"after_0": 9_000, "now": now},
        ),
        "ledger": (seat_ledger.page(after=False), seat_ledger.page(after=True), {"after_0": deep}),
        "audit log": (
            audit_events.page(audit_events.AuditFilter(), after=False),
            audit_events.page(audit_events.AuditFilter(), after=True),
            {"after_0": deep},
        ),
    }
    for name, (first, later, values) in statements.items():
        values = {"after_1": UUID(int=0), "limit": 21, "now": now, **values}  # noqa: PLW2901 # completed
        in_small = await blocks(url, first, parent_ids=[small], **values)
        in_large = await blocks(url, first, parent_ids=[team.organization], **values)
        at_depth = await blocks(url, later, parent_ids=[team.organization], **values)
        # A deeper index and a colder table are allowed; reading the organization is not.
        assert in_large <= 2 * in_small + 50, (name, in_small, in_large)
        assert at_depth <= 2 * in_small + 50, (name, in_small, at_depth)


async def test_a_search_reads_the_people_of_its_organization_only(
    large: tuple[Team, UUID],
) -> None:
    team, small = large
    url, by_search = team.stack.services.database.url, members.MemberFilter(search=True)
    for statement in (
        members.page(by_search, after=False, descending=False),
        members.count(by_search),
    ):
        for organization, many in ((small, FEW), (team.organization, MANY)):
            plan = await explained(
                url, statement, parent_ids=[organization], pattern="%nobody%", limit=21
            )
            reads = [one for one in steps(plan) if one.get("Relation Name") == "users"]
            assert {one["Index Name"] for one in reads} == {"pk_users"}
            assert sum(one["Actual Loops"] for one in reads) <= many + 2


async def test_a_seat_is_found_among_thousands(large: tuple[Team, UUID]) -> None:
    team, _ = large
    async with team.stack.services.database.begin() as transaction:
        assert await seats.lowest_free_number(transaction, team.organization) == MANY + 2
        await transaction.session.execute(
            text(
                "UPDATE seats SET ended_at = began_at, ended_reason = 'MEMBER_REMOVED'"
                " WHERE number IN (4000, 7000)"
            )
        )
        assert await seats.lowest_free_number(transaction, team.organization) == 4000


async def test_the_pages_are_all_the_members(large: tuple[Team, UUID]) -> None:
    team, _ = large
    found: set[UUID] = set()
    after = None
    while True:
        request = MemberListRequest(PageRequest(100, after, with_total=after is None))
        [page] = await team.stack.services.members.list_for_each([team.organization], request)
        found |= {member.id for member in page.nodes}
        if not page.has_next_page:
            break
        after = (page.nodes[-1].joined_at, page.nodes[-1].id)
    assert len(found) == MANY + 1
