"""Who keeps a seat when there are fewer seats than members (S5)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from db import members, seats
from db.database import Transaction
from db.enums import DeactivationReason, MemberRole, MemberStatus, SeatEnding
from db.models import Member
from services import audit
from services.actors import SYSTEM


class Holder(Protocol):
    """What the order looks at."""

    @property
    def id(self) -> UUID:
        """The member."""

    @property
    def role(self) -> MemberRole:
        """Owner and admins come before others."""

    @property
    def joined_at(self) -> datetime:
        """Who joined earlier comes before."""


H = TypeVar("H", bound=Holder)


def by_precedence(holders: Sequence[H], *, keep: Collection[UUID]) -> list[H]:
    """The owner, then who was named to be kept, then admins, then by the time of joining."""
    return sorted(
        holders,
        key=lambda one: (
            one.role is not MemberRole.OWNER,
            one.id not in keep,
            one.role is not MemberRole.ADMIN,
            one.joined_at,
            one.id,
        ),
    )


async def list_losing(
    transaction: Transaction, organization_id: UUID, *, limit: int, keep: Collection[UUID]
) -> list[Member]:
    """Who would lose their seat if there were `limit`. Only under the lock does it hold."""
    active = await members.list_active(transaction, organization_id)
    return by_precedence(active, keep=keep)[limit:]


async def reduce_seats(
    transaction: Transaction,
    organization_id: UUID,
    *,
    limit: int,
    keep: Collection[UUID],
    now: datetime,
) -> None:
    """Deactivate whom `limit` seats do not reach, with reason NO_SEAT. Wants the lock.

    Doing it again changes nothing. They return by `reactivateMember` only.
    """
    losing = await list_losing(transaction, organization_id, limit=limit, keep=keep)
    await members.write_many(
        transaction,
        organization_id,
        [member.id for member in losing],
        status=MemberStatus.DEACTIVATED,
        deactivation_reason=DeactivationReason.NO_SEAT,
        deactivated_at=now,
    )
    for member in losing:
        audit.record(
            transaction,
            organization_id,
            actor=SYSTEM,
            action="member.deactivated",
            target=("Member", member.id),
            at=now,
            before={"status": MemberStatus.ACTIVE},
            after={"status": MemberStatus.DEACTIVATED, "reason": DeactivationReason.NO_SEAT},
        )
    if losing:
        await seats.close_for_members(
            transaction,
            organization_id,
            member_ids=[member.id for member in losing],
            reason=SeatEnding.NO_SEAT,
            now=now,
        )
        transaction.announce(organization_id, "MEMBERS", "SEATS")
