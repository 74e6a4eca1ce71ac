"""Ariadne on asyncpg, with a DataLoader of each kind for each request, as its docs say."""

import json
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from aiodataloader import DataLoader
from ariadne import (
    MutationType,
    ObjectType,
    QueryType,
    load_schema_from_path,
    make_executable_schema,
)
from ariadne.asgi import GraphQL
from graphql import GraphQLError
from shared import ISSUER, Forbidden, global_id, may_bill, member_key, moment, subject_of, usage
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

Row = dict[str, Any]
SUBSCRIPTIONS = """
SELECT s.*, p.name AS plan_name, p.maximum_seats, r.interval, r.unit_amount, r.currency
FROM subscriptions s JOIN prices r ON r.id = s.price_id JOIN plans p ON p.code = s.plan_code
WHERE s.is_current AND s.organization_id = ANY($1)"""
COUNTS = """
SELECT organization_id, count(*) FILTER (WHERE state = 'OCCUPIED') AS occupied,
    count(*) FILTER (WHERE state = 'RESERVED' AND expires_at > now()) AS reserved
FROM seats WHERE organization_id = ANY($1) AND ended_at IS NULL GROUP BY organization_id"""
USERS = "SELECT id, name, email FROM users WHERE id = ANY($1)"
SEATS = """
SELECT organization_id, id, member_id, number, state, began_at FROM seats
WHERE (organization_id, member_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))
    AND ended_at IS NULL"""
VIEWED = """
SELECT o.id, o.name, o.display_name, m.role, m.status
FROM organizations o JOIN members m ON m.organization_id = o.id
WHERE m.user_id = $1 AND m.removed_at IS NULL AND o.deleted_at IS NULL"""
MEMBERS = """
SELECT organization_id, id, user_id, role, status, joined_at FROM members
WHERE organization_id = $1 AND removed_at IS NULL ORDER BY joined_at, id LIMIT $2"""

_viewers: dict[str, Any] = {}


async def fetch(pool: Any, sql: str, *values: Any) -> list[Row]:
    """The rows, as mappings: what Ariadne's default resolver reads."""
    return [dict(row) for row in await pool.fetch(sql, *values)]


query, mutation = QueryType(), MutationType()
user, organization, member = ObjectType("User"), ObjectType("Organization"), ObjectType("Member")
subscription, seat = ObjectType("Subscription"), ObjectType("Seat")


class Loaders:
    """One for each kind of row."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool
        self.subscription = DataLoader(self._by_organization(SUBSCRIPTIONS))
        self.counts = DataLoader(self._by_organization(COUNTS))
        self.user = DataLoader(self._users)
        self.seat = DataLoader(self._seats)

    def _by_organization(self, sql: str) -> Any:
        async def load(ids: Sequence[Any]) -> list[Row | None]:
            found = {row["organization_id"]: row for row in await fetch(self._pool, sql, ids)}
            return [found.get(one) for one in ids]

        return load

    async def _users(self, ids: Sequence[Any]) -> list[Row | None]:
        found = {row["id"]: row for row in await fetch(self._pool, USERS, ids)}
        return [found.get(one) for one in ids]

    async def _seats(self, keys: Sequence[Any]) -> list[Row | None]:
        organizations, members = zip(*keys, strict=True)
        rows = await fetch(self._pool, SEATS, organizations, members)
        found = {(row["organization_id"], row["member_id"]): row for row in rows}
        return [found.get(key) for key in keys]

    async def usage(self, organization_id: Any) -> dict[str, Any]:
        """The seats of an organization."""
        bought = await self.subscription.load(organization_id)
        counts = await self.counts.load(organization_id)
        return usage(
            purchased=bought["seats"],
            cap=bought["maximum_seats"],
            occupied=counts["occupied"],
            reserved=counts["reserved"],
        )


async def context_of(request: Request, _: Any) -> dict[str, Any]:
    """Who asks, remembered as the token is, and fresh loaders."""
    pool = request.app.state.pool
    subject = subject_of(request.headers.get("authorization", ""))
    if subject not in _viewers:
        sql = "SELECT id FROM users WHERE issuer = $1 AND subject = $2"
        _viewers[subject] = await pool.fetchval(sql, ISSUER, subject)
    return {"viewer": _viewers[subject], "pool": pool, "load": Loaders(pool)}


@query.field("viewer")
def resolve_viewer(_: Any, info: Any) -> Any:
    return {"id": info.context["viewer"]}


@query.field("organizationByName")
async def resolve_organization(_: Any, info: Any, *, name: str) -> Any:
    context = info.context
    sql = f"{VIEWED} AND o.name = $2"
    return next(iter(await fetch(context["pool"], sql, context["viewer"], name)), None)


@user.field("id")
def resolve_user_id(user: Any, _: Any) -> str:
    return global_id(b"U", user["id"])


@user.field("organizations")
async def resolve_organizations(user: Any, info: Any, *, first: int) -> Any:
    sql = f"{VIEWED} ORDER BY o.name LIMIT $2"
    return {"nodes": await fetch(info.context["pool"], sql, user["id"], first)}


@organization.field("id")
def resolve_organization_id(organization: Row, _: Any) -> str:
    return global_id(b"O", organization["id"])


@organization.field("plan")
async def resolve_plan(organization: Row, info: Any) -> Any:
    bought = await info.context["load"].subscription.load(organization["id"])
    return {"code": bought["plan_code"], "name": bought["plan_name"]}


@organization.field("subscription")
async def resolve_subscription(organization: Row, info: Any) -> Any:
    if not may_bill(organization["role"]):
        raise Forbidden("Only owner and admin see it.")
    return await info.context["load"].subscription.load(organization["id"])


@organization.field("seatUsage")
async def resolve_seat_usage(organization: Row, info: Any) -> Any:
    return await info.context["load"].usage(organization["id"])


@organization.field("viewerCan")
async def resolve_viewer_can(organization: Row, info: Any, *, action: str) -> Any:  # noqa: ARG001 - there is one action
    seats = await info.context["load"].usage(organization["id"])
    return {"allowed": may_bill(organization["role"]) and seats["available"] > 0}


@organization.field("members")
async def resolve_members(organization: Row, info: Any, *, first: int) -> Any:
    return {"nodes": await fetch(info.context["pool"], MEMBERS, organization["id"], first)}


@subscription.field("currentPeriodEnd")
def resolve_period_end(subscription: Row, _: Any) -> str:
    return moment(subscription["current_period_end"])


@subscription.field("price")
def resolve_price(subscription: Row, _: Any) -> Any:
    return {
        "unit_amount": {
            "amount": subscription["unit_amount"],
            "currency": subscription["currency"],
        }
    }


@member.field("id")
def resolve_member_id(member: Row, _: Any) -> str:
    return global_id(b"M", member["organization_id"], member["id"])


@member.field("joinedAt")
def resolve_joined_at(member: Row, _: Any) -> str:
    return moment(member["joined_at"])


@member.field("user")
async def resolve_member_user(member: Row, info: Any) -> Any:
    return await info.context["load"].user.load(member["user_id"])


@member.field("seat")
async def resolve_member_seat(member: Row, info: Any) -> Any:
    return await info.context["load"].seat.load((member["organization_id"], member["id"]))


@seat.field("id")
def resolve_seat_id(seat: Row, _: Any) -> str:
    return global_id(b"S", seat["organization_id"], seat["id"])


@seat.field("since")
def resolve_since(seat: Row, _: Any) -> str:
    return moment(seat["began_at"])


@mutation.field("removeMember")
async def resolve_remove_member(_: Any, info: Any, *, input: Any) -> Any:  # noqa: A002 - the contract's name
    viewer, pool = info.context["viewer"], info.context["pool"]
    async with pool.acquire() as connection, connection.transaction():
        removed = await _remove(connection, viewer, *member_key(input["member_id"]))
    if not removed:
        return {"removed_member_id": None, "errors": [{"message": "There is no such member."}]}
    return {"removed_member_id": input["member_id"], "errors": None}


async def _remove(connection: Any, viewer: Any, organization_id: Any, member_id: Any) -> bool:
    """Lock, check, update, audit."""
    live = "SELECT id FROM organizations WHERE id = $1 AND deleted_at IS NULL FOR UPDATE"
    await connection.execute(live, organization_id)
    role = "SELECT role FROM members WHERE organization_id = $1 AND removed_at IS NULL"
    actor = await connection.fetchval(f"{role} AND user_id = $2", organization_id, viewer)
    target = await connection.fetchval(f"{role} AND id = $2", organization_id, member_id)
    if not actor or not may_bill(actor) or target in {None, "OWNER"}:
        return False
    remove = "UPDATE members SET removed_at = now() WHERE organization_id = $1 AND id = $2"
    await connection.execute(remove, organization_id, member_id)
    free = """UPDATE seats SET ended_at = now(), ended_reason = 'MEMBER_REMOVED'
        WHERE organization_id = $1 AND member_id = $2 AND ended_at IS NULL"""
    await connection.execute(free, organization_id, member_id)
    audit = """INSERT INTO audit_events (organization_id, id, at, actor_kind, actor_user_id,
            action, target_type, target_id, before)
        VALUES ($1, gen_random_uuid(), now(), 'USER', $2, 'member.removed', 'Member', $3, $4)"""
    before = json.dumps({"role": target})
    await connection.execute(audit, organization_id, viewer, member_id, before)
    return True


def masked(error: GraphQLError, debug: bool = False) -> dict[str, Any]:  # noqa: ARG001, FBT001, FBT002 - Ariadne's signature
    """What was not expected is not shown."""
    original = error.original_error
    if original is None or isinstance(original, Forbidden):
        return dict(error.formatted)
    return {"message": "Internal Server Error"}


schema = make_executable_schema(
    load_schema_from_path(str(Path(__file__).with_name("schema.graphql"))),
    *(query, mutation, user, organization, member, subscription, seat),
    convert_names_case=True,
)
graphql = GraphQL(schema, context_value=context_of, error_formatter=masked, introspection=False)


@asynccontextmanager
async def _pool(app: Starlette) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=1, max_size=10) as pool:
        app.state.pool = pool
        yield


app = Starlette(
    routes=[Route("/graphql", graphql.handle_request, methods=["POST"])], lifespan=_pool
)
