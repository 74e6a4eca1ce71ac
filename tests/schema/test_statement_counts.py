"""No connection of the contract costs a statement per row, wherever in the schema it stands."""

from typing import Any

import pytest
from graphql import build_schema, get_named_type, is_object_type
from sqlalchemy import text

from db.enums import MemberRole
from schema import sdl
from tests.schema.statements import counted_statements
from tests.schema.test_stripe_events import ask as ask_as_operator
from tests.stack import ServedStack

USER = "{ id email name }"
MEMBER = f"{{ id role joinedAt user {USER} seat {{ id number }} }}"
HOLDER = f"{{ __typename ... on Member {MEMBER} ... on Invitation {{ id email }} }}"
ORGANIZATION = f"""{{ id name plan {{ code }} seatUsage {{ occupied }} access {{ state }}
    subscription {{ status }} viewerMembership {MEMBER}
    viewerCan(action: INVITE_MEMBER) {{ allowed }} invitations(first: 2) {{ nodes {{ id }} }}
    members(first: 2) {{ totalCount nodes {MEMBER} }} }}"""
PLACES = {
    "Organization": 'organizationByName(name: "acme") {{ {} }}',
    "OrganizationAccess": 'organizationByName(name: "acme") {{ access {{ {} }} }}',
    "Subscription": 'organizationByName(name: "acme") {{ subscription {{ {} }} }}',
    "User": "viewer {{ {} }}",
    "Query": "{}",
}
"""How to get to an object of the type."""
NODES = {
    "Organization.members": MEMBER,
    "Organization.seats": f"{{ id number holder {HOLDER} }}",
    "Organization.seatLedger": f"{{ id number beganReason holder {HOLDER} }}",
    "Organization.invitations": f"{{ id email invitedBy {USER} }}",
    "Organization.auditLog": f"{{ id at action actor {USER} }}",
    "Organization.billingSessions": f"{{ id kind createdBy {USER} }}",
    "OrganizationAccess.deactivatedMembers": f"{{ member {MEMBER} reason wayBack resolution }}",
    "Subscription.invoices": "{ id status amount { amount } lines { __typename } }",
    "User.organizations": ORGANIZATION,
    "Query.stripeEvents": "{ id type state organizationId organizationName payload }",
}
"""What is selected of a row: everything that leads to another object."""


def test_every_connection_is_counted() -> None:
    types = build_schema(sdl()).type_map.values()
    found = {
        f"{owner.name}.{name}"
        for owner in types
        if is_object_type(owner)
        for name, field in owner.fields.items()
        if get_named_type(field.type).name.endswith("Connection")
    }
    assert found == set(NODES)


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
SUBSCRIBE = """
INSERT INTO subscriptions (organization_id, id, stripe_subscription_id, is_current, status,
    plan_code, price_id, seats, began_at, current_period_start, current_period_end, was_entitled,
    stripe_item_id, cancels_at_period_end)
SELECT o.id, gen_random_uuid(), 'sub_1', true, 'ACTIVE', p.plan_code, p.id, 50, now(), now(),
    now() + interval '30 days', true, 'si_1', false
FROM organizations o CROSS JOIN (SELECT id, plan_code FROM prices ORDER BY id LIMIT 1) p
WHERE CAST(:begin AS int) = 1 AND CAST(:end AS int) > 0
"""
INVOICE = """
INSERT INTO invoices (organization_id, id, stripe_invoice_id, stripe_subscription_id, status,
    currency, subtotal, discount, tax, total, amount_due, amount_paid, issued_at, period_start,
    period_end, lines)
SELECT id, gen_random_uuid(), 'in_' || n, 'sub_1', 'PAID', 'usd', 100, 0, 0, 100, 100, 100, now(),
    now(), now(), '[]'
FROM organizations, generate_series(CAST(:begin AS int), CAST(:end AS int)) n
"""
DELIVER = """
INSERT INTO stripe_events (id, type, object_id, stripe_customer_id, stripe_created_at, received_at,
    payload, state, closed_at)
SELECT 'evt_' || n, 'invoice.paid', 'in_' || n, 'cus_1', now(), now(), '{}', 'DONE', now()
FROM generate_series(CAST(:begin AS int), CAST(:end AS int)) n
"""
LOCK_OUT = """
UPDATE members SET status = 'DEACTIVATED', deactivated_at = now(), deactivation_reason = 'BY_ADMIN'
WHERE role <> 'OWNER' AND CAST(:begin AS int) < CAST(:end AS int)
"""
FILLING = {
    "OrganizationAccess.deactivatedMembers": (LOCK_OUT,),
    "Subscription.invoices": (SUBSCRIBE, INVOICE),
    "Query.stripeEvents": (DELIVER,),
    "User.organizations": (),
}
"""What makes rows where nothing else does: members join, organizations are made, one by one."""


@pytest.mark.parametrize("connection", NODES)
async def test_statements_are_the_same_for_1_10_and_50_rows(
    served: ServedStack, connection: str
) -> None:
    owner = await served.user("owner")
    organization = await served.organization(owner)
    place, _, field = connection.partition(".")
    page = f"{field}(first: 50) {{ totalCount nodes {NODES[connection]} }}"
    document = f"{{ {PLACES[place].format(page)} }}"

    async def ask() -> dict[str, Any]:
        if place == "Query":
            return await ask_as_operator(served, document)
        return await served.graphql(document, email=owner.email)

    await ask()  # the first sight of a user is a write
    counts: dict[int, int] = {}
    there = 0
    for rows in (1, 10, 50):
        for number in range(max(there, 1), rows):  # the owner and their organization are the first
            if place == "User":
                await served.organization(owner, f"other{number}")
            elif place in {"Organization", "OrganizationAccess"}:
                await served.join(organization, f"member{number}", MemberRole.COLLABORATOR)
        async with served.services.database.begin() as transaction:
            for statement in FILLING.get(connection, (INVITE, RECORD, VISIT)):
                bounds = {"begin": there + 1, "end": rows}
                await transaction.session.execute(text(statement), bounds)
        there = rows
        await served.services.catalogue.refresh()  # so that its minute does not end in between
        with counted_statements() as statements:
            answer = await ask()
        assert "errors" not in answer, answer
        least = rows - 1 if connection in WITHOUT_OWNER else rows
        assert len(found(answer["data"], field)["nodes"]) >= least
        counts[rows] = len(statements)
    assert counts[1] == counts[10] == counts[50] <= 6, counts


WITHOUT_OWNER = {"OrganizationAccess.deactivatedMembers"}


def found(data: dict[str, Any], field: str) -> dict[str, Any]:
    """The page, at the end of the only way through the answer."""
    while field not in data:
        [data] = data.values()
    page: dict[str, Any] = data[field]
    return page
