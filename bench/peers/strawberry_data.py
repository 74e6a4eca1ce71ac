"""How the Strawberry peer reads and writes: SQLAlchemy's ORM, a session for each loader's batch."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from aiodataloader import DataLoader
from shared import ISSUER, SQLALCHEMY_URL, may_bill, usage
from sqlalchemy import func, select, tuple_
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import joinedload
from strawberry_models import AuditEvent, Member, Organization, Seat, Subscription, User

sessions = async_sessionmaker(
    create_async_engine(SQLALCHEMY_URL, pool_size=10, max_overflow=0), expire_on_commit=False
)
_viewers: dict[str, UUID] = {}


async def viewer_of(subject: str) -> UUID:
    """The user whom the token speaks of, remembered as the token is."""
    if subject not in _viewers:
        async with sessions() as session:
            found = select(User.id).where(User.issuer == ISSUER, User.subject == subject)
            _viewers[subject] = (await session.scalars(found)).one()
    return _viewers[subject]


def _viewed(viewer: UUID) -> Any:
    return (
        select(Member)
        .join(Member.organization)
        .options(joinedload(Member.organization))
        .where(Member.user_id == viewer, Member.removed_at.is_(None))
        .where(Organization.deleted_at.is_(None))
    )


async def membership_by_name(viewer: UUID, name: str) -> Member | None:
    """The viewer's membership in the organization of that name."""
    async with sessions() as session:
        return await session.scalar(_viewed(viewer).where(Organization.name == name))


async def memberships(viewer: UUID, first: int) -> Sequence[Member]:
    """The viewer's memberships, by the names of the organizations."""
    async with sessions() as session:
        found = _viewed(viewer).order_by(Organization.name).limit(first)
        return (await session.scalars(found)).all()


async def members(organization_id: UUID, first: int) -> Sequence[Member]:
    """The members who joined first."""
    found = (
        select(Member)
        .where(Member.organization_id == organization_id, Member.removed_at.is_(None))
        .order_by(Member.joined_at, Member.id)
        .limit(first)
    )
    async with sessions() as session:
        return (await session.scalars(found)).all()


async def _subscriptions(ids: list[UUID]) -> list[Subscription | None]:
    found = (
        select(Subscription)
        .options(joinedload(Subscription.plan), joinedload(Subscription.price))
        .where(Subscription.is_current, Subscription.organization_id.in_(ids))
    )
    async with sessions() as session:
        by_id = {row.organization_id: row for row in await session.scalars(found)}
    return [by_id.get(one) for one in ids]


async def _counts(ids: list[UUID]) -> list[tuple[int, int]]:
    reserved = (Seat.state == "RESERVED") & (Seat.expires_at > func.now())
    counted = (
        select(
            Seat.organization_id,
            func.count().filter(Seat.state == "OCCUPIED"),
            func.count().filter(reserved),
        )
        .where(Seat.organization_id.in_(ids), Seat.ended_at.is_(None))
        .group_by(Seat.organization_id)
    )
    async with sessions() as session:
        by_id = {row[0]: (row[1], row[2]) for row in await session.execute(counted)}
    return [by_id.get(one, (0, 0)) for one in ids]


async def _users(ids: list[UUID]) -> list[User | None]:
    async with sessions() as session:
        found = await session.scalars(select(User).where(User.id.in_(ids)))
        by_id = {row.id: row for row in found}
    return [by_id.get(one) for one in ids]


async def _seats(keys: list[tuple[UUID, UUID]]) -> list[Seat | None]:
    found = select(Seat).where(
        tuple_(Seat.organization_id, Seat.member_id).in_(keys), Seat.ended_at.is_(None)
    )
    async with sessions() as session:
        by_key = {(row.organization_id, row.member_id): row for row in await session.scalars(found)}
    return [by_key.get(key) for key in keys]


class Loaders:
    """One for each kind of row, for one request."""

    def __init__(self) -> None:
        self.subscription = DataLoader(_subscriptions)
        self.counts = DataLoader(_counts)
        self.user = DataLoader(_users)
        self.seat = DataLoader(_seats)

    async def usage(self, organization_id: UUID) -> dict[str, Any]:
        """The seats of an organization."""
        bought = await self.subscription.load(organization_id)
        occupied, reserved = await self.counts.load(organization_id)
        cap = bought.plan.maximum_seats
        return usage(purchased=bought.seats, cap=cap, occupied=occupied, reserved=reserved)


async def remove(viewer: UUID, organization_id: UUID, member_id: UUID) -> bool:
    """Lock, check, update, audit: one transaction."""
    now = datetime.now(UTC)
    of = (Member.organization_id == organization_id, Member.removed_at.is_(None))
    async with sessions.begin() as session:
        locked = select(Organization).where(Organization.id == organization_id).with_for_update()
        await session.scalar(locked)
        actor = await session.scalar(select(Member).where(*of, Member.user_id == viewer))
        target = await session.scalar(select(Member).where(*of, Member.id == member_id))
        if not actor or not may_bill(actor.role) or not target or target.role == "OWNER":
            return False
        target.removed_at = now
        seat = await session.scalar(
            select(Seat)
            .where(Seat.organization_id == organization_id, Seat.member_id == member_id)
            .where(Seat.ended_at.is_(None))
        )
        if seat:
            seat.ended_at, seat.ended_reason = now, "MEMBER_REMOVED"
        session.add(
            AuditEvent(
                organization_id=organization_id,
                at=now,
                actor_kind="USER",
                actor_user_id=viewer,
                action="member.removed",
                target_type="Member",
                target_id=member_id,
                before={"role": target.role},
            )
        )
        return True
