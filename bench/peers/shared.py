"""What the Python peers share: tokens, global ids, and what an organization's numbers mean."""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Any
from uuid import UUID

import jwt

ISSUER = os.environ["OIDC_ISSUER"]
SQLALCHEMY_URL = os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://", 1)
_subjects: dict[str, str] = {}


class Forbidden(Exception):  # noqa: N818 - what clients are told
    """The viewer may not see it. This message is shown; that of other exceptions is not."""

    extensions = {"code": "FORBIDDEN"}


def subject_of(authorization: str) -> str:
    """Who asks, as a verified token says; a verified one is remembered."""
    subject = _subjects.get(authorization)
    if subject is None:
        claims = jwt.decode(
            authorization.removeprefix("Bearer "),
            os.environ["OIDC_PUBLIC_KEY"],
            algorithms=["RS256"],
            issuer=ISSUER,
            audience=os.environ["OIDC_AUDIENCE"],
        )
        subject = _subjects[authorization] = str(claims["sub"])
    return subject


def global_id(letter: bytes, *ids: UUID) -> str:
    """The id that clients see."""
    return urlsafe_b64encode(letter + b"".join(one.bytes for one in ids)).rstrip(b"=").decode()


def member_key(encoded: str) -> tuple[UUID, UUID]:
    """The organization and the member of a member's global id."""
    data = urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    return UUID(bytes=data[1:17]), UUID(bytes=data[17:])


def moment(value: datetime) -> str:
    """As JavaScript writes it."""
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def may_bill(role: str) -> bool:
    """Whether the role sees money."""
    return role in {"OWNER", "ADMIN"}


def usage(*, purchased: int, cap: int, occupied: int, reserved: int) -> dict[str, Any]:
    """The seats of an organization."""
    limit = min(cap, purchased)
    available = max(0, limit - occupied - reserved)
    return {
        "limit": limit,
        "purchased": purchased,
        "occupied": occupied,
        "reserved": reserved,
        "available": available,
    }
