"""The floor: what these answers cost with nothing in between.

A bare ASGI application, one statement that is ideal for each operation, asyncpg, orjson. No
GraphQL is parsed: the operation is known by its name. It checks the same tokens, once each, and
the viewer's membership and role in the statement. Nobody would write a product so; it says how
much of the time of the others is theirs.
"""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import jwt
import orjson

ORGANIZATION = """
SELECT o.id, o.name, o.display_name, m.role, s.status, s.seats, s.current_period_end, s.plan_code,
    p.name AS plan_name, p.maximum_seats, r.interval, r.unit_amount, r.currency,
    c.occupied, c.reserved
FROM users u
JOIN members m ON m.user_id = u.id AND m.removed_at IS NULL
JOIN organizations o ON o.id = m.organization_id AND o.deleted_at IS NULL
JOIN subscriptions s ON s.organization_id = o.id AND s.is_current
JOIN prices r ON r.id = s.price_id
JOIN plans p ON p.code = s.plan_code
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE state = 'OCCUPIED') AS occupied,
        count(*) FILTER (WHERE state = 'RESERVED' AND expires_at > now()) AS reserved
    FROM seats WHERE organization_id = o.id AND ended_at IS NULL
) c
WHERE u.issuer = $1 AND u.subject = $2
"""
BY_NAME = f"{ORGANIZATION} AND o.name = $3"
OF_VIEWER = ORGANIZATION.replace("SELECT o.id", "SELECT u.id AS user_id, o.id") + (
    " ORDER BY o.name LIMIT 20"
)
MEMBERS = """
SELECT m.id, m.role, m.status, m.joined_at, u.id AS user_id, u.name, u.email,
    s.id AS seat_id, s.number, s.state, s.began_at
FROM members m
JOIN users u ON u.id = m.user_id
LEFT JOIN seats s ON s.organization_id = m.organization_id AND s.member_id = m.id
    AND s.ended_at IS NULL
WHERE m.organization_id = $1 AND m.removed_at IS NULL
ORDER BY m.joined_at, m.id LIMIT 50
"""
REMOVE = """
WITH locked AS (
    SELECT o.id FROM organizations o WHERE o.id = $1 AND o.deleted_at IS NULL FOR UPDATE
), actor AS (
    SELECT m.user_id FROM members m JOIN users u ON u.id = m.user_id JOIN locked ON true
    WHERE m.organization_id = $1 AND u.issuer = $3 AND u.subject = $4
        AND m.removed_at IS NULL AND m.role IN ('OWNER', 'ADMIN')
), removed AS (
    UPDATE members SET removed_at = now() FROM actor
    WHERE organization_id = $1 AND id = $2 AND removed_at IS NULL AND role <> 'OWNER'
    RETURNING members.id, members.role, actor.user_id
), freed AS (
    UPDATE seats SET ended_at = now(), ended_reason = 'MEMBER_REMOVED' FROM removed
    WHERE organization_id = $1 AND member_id = removed.id AND ended_at IS NULL
)
INSERT INTO audit_events
    (organization_id, id, at, actor_kind, actor_user_id, action, target_type, target_id, before)
SELECT $1, gen_random_uuid(), now(), 'USER', user_id, 'member.removed', 'Member', id,
    jsonb_build_object('role', role)
FROM removed RETURNING id
"""

_pool: "asyncpg.Pool[asyncpg.Record]"
_subjects: dict[str, str] = {}


def _id(letter: bytes, *parts: Any) -> str:
    return urlsafe_b64encode(letter + b"".join(part.bytes for part in parts)).rstrip(b"=").decode()


def _moment(value: datetime) -> str:
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _subject(authorization: str) -> str:
    subject = _subjects.get(authorization)
    if subject is None:
        claims = jwt.decode(
            authorization.removeprefix("Bearer "),
            os.environ["OIDC_PUBLIC_KEY"],
            algorithms=["RS256"],
            issuer=os.environ["OIDC_ISSUER"],
            audience=os.environ["OIDC_AUDIENCE"],
        )
        subject = _subjects[authorization] = str(claims["sub"])
    return subject


def _usage(row: Any) -> dict[str, int]:
    limit = min(row["maximum_seats"], row["seats"])
    occupied, reserved = row["occupied"], row["reserved"]
    available = max(0, limit - occupied - reserved)
    return {"limit": limit, "occupied": occupied, "reserved": reserved, "available": available}


def _head(row: Any) -> dict[str, Any]:
    return {
        "id": _id(b"O", row["id"]),
        "name": row["name"],
        "displayName": row["display_name"],
        "plan": {"code": row["plan_code"], "name": row["plan_name"]},
    }


def _organization(row: Any) -> dict[str, Any]:
    usage = _usage(row)
    may_bill = row["role"] in {"OWNER", "ADMIN"}
    price = {"amount": row["unit_amount"], "currency": row["currency"]}
    subscription = {
        "status": row["status"],
        "seats": row["seats"],
        "interval": row["interval"],
        "currentPeriodEnd": _moment(row["current_period_end"]),
        "price": {"unitAmount": price},
    }
    return {
        **_head(row),
        "subscription": subscription if may_bill else None,
        "seatUsage": usage | {"purchased": row["seats"]},
        "viewerCan": {"allowed": may_bill and usage["available"] > 0},
    }


def _member(organization_id: UUID, row: Any) -> dict[str, Any]:
    seat = row["seat_id"] and {
        "id": _id(b"S", organization_id, row["seat_id"]),
        "number": row["number"],
        "state": row["state"],
        "since": _moment(row["began_at"]),
    }
    return {
        "id": _id(b"M", organization_id, row["id"]),
        "role": row["role"],
        "status": row["status"],
        "joinedAt": _moment(row["joined_at"]),
        "user": {"id": _id(b"U", row["user_id"]), "name": row["name"], "email": row["email"]},
        "seat": seat,
    }


async def _q1(viewer: tuple[str, str], variables: dict[str, Any]) -> Any:
    row = await _pool.fetchrow(BY_NAME, *viewer, variables["name"])
    return {"organizationByName": _organization(row) if row else None}


async def _q2(viewer: tuple[str, str], variables: dict[str, Any]) -> Any:
    row = await _pool.fetchrow(BY_NAME, *viewer, variables["name"])
    if row is None:
        return {"organizationByName": None}
    members = await _pool.fetch(MEMBERS, row["id"])
    nodes = [_member(row["id"], member) for member in members]
    return {"organizationByName": {**_organization(row), "members": {"nodes": nodes}}}


async def _q3(viewer: tuple[str, str], _: dict[str, Any]) -> Any:
    rows = await _pool.fetch(OF_VIEWER, *viewer)
    nodes = [{**_head(row), "seatUsage": _usage(row)} for row in rows]
    return {"viewer": {"id": _id(b"U", rows[0]["user_id"]), "organizations": {"nodes": nodes}}}


async def _m1(viewer: tuple[str, str], variables: dict[str, Any]) -> Any:
    encoded = variables["input"]["memberId"]
    data = urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    keys = UUID(bytes=data[1:17]), UUID(bytes=data[17:])
    removed = await _pool.fetchrow(REMOVE, *keys, *viewer)
    if removed is None:
        errors = [{"__typename": "MemberNotFoundError"}]
        return {"removeMember": {"removedMemberId": None, "errors": errors}}
    return {"removeMember": {"removedMemberId": encoded, "errors": None}}


ANSWERS: dict[str, Callable[[tuple[str, str], dict[str, Any]], Awaitable[Any]]] = {
    "query Q1": _q1,
    "query Q2": _q2,
    "query Q3": _q3,
    "mutation M1": _m1,
}


async def _answer(scope: Any, receive: Any) -> tuple[int, Any]:
    body = bytearray()
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    request = orjson.loads(body)
    authorization = next(value for name, value in scope["headers"] if name == b"authorization")
    try:
        viewer = os.environ["OIDC_ISSUER"], _subject(authorization.decode())
    except jwt.PyJWTError:
        return 401, {"errors": [{"message": "The token is not good."}]}
    name = request["query"].partition("(")[0].partition("{")[0].strip()
    try:
        return 200, {"data": await ANSWERS[name](viewer, request["variables"])}
    except asyncpg.PostgresError:
        return 200, {"data": None, "errors": [{"message": "Internal Server Error"}]}


async def app(scope: Any, receive: Any, send: Any) -> None:
    """The ASGI application; `scope` and the others are as ASGI says."""
    global _pool  # noqa: PLW0603 - one pool of one process
    if scope["type"] == "lifespan":
        await receive()
        url = os.environ["DATABASE_URL"]
        _pool = await asyncpg.create_pool(url, min_size=1, max_size=10, reset=_keep)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await _pool.close()
        await send({"type": "lifespan.shutdown.complete"})
        return
    status, payload = await _answer(scope, receive)
    body = orjson.dumps(payload)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _keep(_: Any) -> None:
    """Statements leave nothing behind on a connection."""
