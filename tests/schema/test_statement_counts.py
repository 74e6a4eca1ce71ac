"""No connection of an organization costs a statement per row."""

import pytest
from graphql import build_schema
from sqlalchemy import text

from db.enums import MemberRole
from schema import sdl
from tests.schema.statements import counted_statements
from tests.stack import ServedStack

USER = "{ id email name }"
MEMBER = f"{{ id role joinedAt user {USER} seat {{ id number }} }}"
HOLDER = f"{{ __typename ... on Member {MEMBER} ... on Invitation {{ id email }} }}"
NODES = {
    "members": MEMBER,
    "seats": f"{{ id number holder {HOLDER} }}",
    "seatLedger": f"{{ id number beganReason holder {HOLDER} }}",
    "invitations": f"{{ id email invitedBy {USER} }}",
    "auditLog": "{ id at action }",
    "billingSessions": f"{{ id kind createdBy {USER} }}",
}
"""What is selected of a row: everything that leads to another object."""


def test_every_connection_is_counted() -> None:
    fields = build_schema(sdl()).type_map["Organization"].fields  # type: ignore[attr-defined] # an object type
    assert {name for name in fields if str(fields[name].type).endswith("Connection")} == set(NODES)


INVITE = """
INSERT INTO invitations (organization_id, id, email, email_key, role, token_hash, status,
    invited_by, created_at, sent_at, expires_at)
SELECT m.organization_id, gen_random_uuid(), 'guest' || n || '@x.test', 'guest' || n || '@x.test',
    'COLLABORATOR', 'hash' || n, 'PENDING', m.id, now(), now(), now() + interval '1 day'
FROM members m, generate_series(CAST(:begin AS int), CAST(:end AS int)) n WHERE m.role = 'OWNER'
"""
RECORD = """
INSERT INTO audit_events (organization_id, id, at, actor_kind, actor_user_id, action,
    target_type, target_id)
SELECT organization_id, gen_random_uuid(), now(), 'USER', user_id, 'organization.updated',
    'Organization', organization_id
FROM members, generate_series(CAST(:begin AS int), CAST(:end AS int)) WHERE role = 'OWNER'
"""
VISIT = """
INSERT INTO billing_sessions (organization_id, id, kind, status, stripe_session_id, return_url,
    created_by, created_at)
SELECT organization_id, gen_random_uuid(), 'PORTAL', 'OPEN', 'bps_' || n, 'https://x.test',
    user_id, now()
FROM members, generate_series(CAST(:begin AS int), CAST(:end AS int)) n WHERE role = 'OWNER'
"""


@pytest.mark.parametrize("connection", NODES)
async def test_statements_are_the_same_for_1_10_and_50_rows(
    served: ServedStack, connection: str
) -> None:
    owner = await served.user("owner")
    organization = await served.organization(owner)
    document = f"""{{ organizationByName(name: "acme") {{
        {connection}(first: 50) {{ totalCount nodes {NODES[connection]} }} }} }}"""
    await served.graphql(document, email=owner.email)  # the catalogue is read once
    counts: dict[int, int] = {}
    there = 0
    for rows in (1, 10, 50):
        for number in range(max(there, 1), rows):  # the owner is the first
            await served.join(organization, f"member{number}", MemberRole.COLLABORATOR)
        async with served.services.database.begin() as transaction:
            for statement in (INVITE, RECORD, VISIT):
                bounds = {"begin": there + 1, "end": rows}
                await transaction.session.execute(text(statement), bounds)
        there = rows
        with counted_statements() as statements:
            answer = await served.graphql(document, email=owner.email)
        assert "errors" not in answer
        page = answer["data"]["organizationByName"][connection]
        assert len(page["nodes"]) >= min(rows, 50)
        counts[rows] = len(statements)
    assert counts[1] == counts[10] == counts[50] <= 5, counts
