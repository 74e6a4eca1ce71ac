"""The seat ledger: taking a seat, keeping it on accepting, freeing it (S1-S4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from db import invitations, seats, subscriptions
from db.database import Transaction
from db.enums import SeatBeginning, SeatEnding
from db.models import Invitation, Member, Seat
from services import audit
from services.actors import SYSTEM
from services.catalogue import CatalogueSnapshot
from services.people_refusals import SeatLimitReached, SubscriptionExpired
from services.seat_limit import SeatSituation, seat_refusal, seat_usage
from services.subscription_views import subscription_view


@dataclass(frozen=True, slots=True)
class SeatLedger:
    """The seats of an organization whose row `transaction` has locked, at `now`.

    The lock makes what is counted here true until the commit: nobody else changes these seats.
    """

    transaction: Transaction
    organization_id: UUID
    snapshot: CatalogueSnapshot
    now: datetime

    @classmethod
    async def open(
        cls,
        transaction: Transaction,
        organization_id: UUID,
        *,
        snapshot: CatalogueSnapshot,
        now: datetime,
    ) -> Self:
        """The ledger, with what has run out closed at its expiry (S4)."""
        await close_what_ran_out(transaction, organization_id, now=now)
        return cls(transaction, organization_id, snapshot, now)

    async def require_seat(self) -> None:
        """Raise the refusal if nobody new can have a seat now (S2)."""
        if refusal := seat_refusal(await self.situation()):
            raise refusal

    async def require_thawed(self) -> None:
        """Raise `SubscriptionExpired` while invitations are frozen (B4)."""
        expired = await subscriptions.get_expired(self.transaction, self.organization_id)
        if expired is not None:
            raise SubscriptionExpired(expired.ended_at)

    async def situation(self) -> SeatSituation:
        """What decides about a seat."""
        row = await subscriptions.get_current(self.transaction, self.organization_id)
        subscription = subscription_view(row, self.snapshot) if row else None
        plan, purchased = self.snapshot.free, None
        if subscription and subscription.entitled:
            plan, purchased = subscription.plan, subscription.seats
        occupied, reserved = await seats.count_taken(
            self.transaction, self.organization_id, now=self.now
        )
        usage = seat_usage(plan, purchased=purchased, occupied=occupied, reserved=reserved)
        return SeatSituation(plan, subscription, usage, self.snapshot.plans)

    async def reserve(self, invitation: Invitation, *, reason: SeatBeginning) -> None:
        """Keep a seat for an invitation. `require_seat` comes before."""
        await seats.reserve(self.transaction, invitation, reason=reason, now=self.now)

    async def prolong(self, invitation: Invitation) -> bool:
        """Keep an invitation's seat under the expiry of its new mail; false if it has none."""
        seat = await self._seat_of_invitation(invitation)
        if seat is None:
            return False
        await self._close(seat, SeatEnding.INVITATION_RESENT)
        await seats.reserve(
            self.transaction,
            invitation,
            reason=SeatBeginning.INVITATION_RESENT,
            now=self._after(seat),
            number=seat.number,
        )
        return True

    async def accept(self, invitation: Invitation, member: Member) -> None:
        """Turn a reservation into the member's seat of the same number (S3).

        The count does not move; but while more are taken than there are, nobody new comes in (S5).
        An invitation whose reservation was lost needs a seat anew. A payment that failed keeps
        nobody out who was invited before (B2).
        """
        seat = await self._seat_of_invitation(invitation)
        usage = (await self.situation()).usage
        if usage.over or (seat is None and not usage.available):
            # What would help is not for somebody who has not joined yet.
            raise SeatLimitReached(usage.limit, usage.occupied, usage.reserved, ())
        if seat is not None:
            await self._close(seat, SeatEnding.INVITATION_ACCEPTED)
        await seats.occupy(
            self.transaction,
            self.organization_id,
            member_id=member.id,
            reason=SeatBeginning.INVITATION_ACCEPTED,
            now=self._after(seat) if seat else self.now,
            number=seat.number if seat else None,
        )

    async def occupy(self, member_id: UUID, *, reason: SeatBeginning) -> None:
        """Give a member a seat. `require_seat` comes before."""
        await seats.occupy(
            self.transaction, self.organization_id, member_id=member_id, reason=reason, now=self.now
        )

    async def free_member(self, member_id: UUID, *, reason: SeatEnding) -> None:
        """Free a member's seat, if they have one: at once, whatever billing says (S3)."""
        await seats.close_of_member(
            self.transaction,
            self.organization_id,
            member_id=member_id,
            reason=reason,
            now=self.now,
        )

    async def free_invitation(self, invitation: Invitation, *, reason: SeatEnding) -> None:
        """Free the seat that an invitation reserves, if it does."""
        seat = await self._seat_of_invitation(invitation)
        if seat is not None:
            await self._close(seat, reason)

    async def _seat_of_invitation(self, invitation: Invitation) -> Seat | None:
        return await seats.get_of_invitation(self.transaction, self.organization_id, invitation.id)

    async def _close(self, seat: Seat, reason: SeatEnding) -> None:
        seat.ended_at, seat.ended_reason = self._after(seat), reason
        await self.transaction.session.flush()  # a new row of this number may follow

    def _after(self, seat: Seat) -> datetime:
        """Now; but not before the row began, by the clock of another machine."""
        return max(self.now, seat.began_at)


async def close_what_ran_out(
    transaction: Transaction, organization_id: UUID, *, now: datetime
) -> None:
    """Write down which invitations have expired, and their seats as ended then. Wants the lock."""
    expired = await invitations.close_expired(transaction, organization_id, now=now)
    record_expired(transaction, organization_id, expired)


def record_expired(
    transaction: Transaction, organization_id: UUID, expired: Sequence[tuple[UUID, datetime]]
) -> None:
    """Put into the audit log which invitations have expired, and when."""
    for invitation_id, expired_at in expired:
        audit.record(
            transaction,
            organization_id,
            actor=SYSTEM,
            action="invitation.expired",
            target=("Invitation", invitation_id),
            at=expired_at,
        )
