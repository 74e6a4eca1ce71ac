"""What follows when a subscription ends or comes back: a part of `sync` (B3, B4)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from db import invitations, members, seats
from db.database import Transaction
from db.enums import (
    ENTITLED,
    DeactivationReason,
    MailKind,
    MemberStatus,
    SeatBeginning,
    SeatEnding,
    SubscriptionStatus,
)
from db.models import Member, Subscription
from services import audit
from services.actors import SYSTEM
from services.global_ids import encode
from services.jobs import WRITE_NOTICES
from services.notices import Notice
from services.seat_allotment import by_precedence
from services.seat_ledger import close_what_ran_out


def running_expiry(mirrored: Iterable[Subscription]) -> Subscription | None:
    """The subscription whose expiry is running, before the mirror is written anew."""
    return next((row for row in mirrored if row.deactivates_at is not None), None)


async def follow(
    transaction: Transaction,
    row: Subscription,
    *,
    was_expired: bool,
    limit: int,
    now: datetime,
) -> None:
    """Bring people in line with the subscription that counts, just written. Wants the lock.

    `limit` is how many seats it has, were it entitled.
    """
    if row.status in ENTITLED:
        if was_expired:
            await _restore(transaction, row, limit=limit, now=now)
    elif row.deactivates_at is not None and not was_expired:
        await _freeze(transaction, row, now=now)


async def tell_of_failed_payment(transaction: Transaction, row: Subscription) -> None:
    """By a mail for each invoice that keeps the subscription past due (B2)."""
    if row.status is SubscriptionStatus.PAST_DUE and row.payment_failed_at is not None:
        await _give_notice(transaction, row, MailKind.PAYMENT_FAILED, at=row.payment_failed_at)


async def _freeze(transaction: Transaction, row: Subscription, *, now: datetime) -> None:
    """From the end on, open invitations reserve nothing; they keep their expiry (B4)."""
    assert row.ended_at is not None, "what deactivates has ended"
    await seats.close_expired(transaction, row.organization_id, now=row.ended_at)
    await seats.close_reserved(
        transaction, row.organization_id, reason=SeatEnding.INVITATION_FROZEN, now=row.ended_at
    )
    await close_what_ran_out(transaction, row.organization_id, now=now)
    transaction.announce(row.organization_id, "INVITATIONS", "SEATS")
    await _give_notice(transaction, row, MailKind.SUBSCRIPTION_ENDED, at=row.ended_at)


async def _restore(
    transaction: Transaction, row: Subscription, *, limit: int, now: datetime
) -> None:
    """Who was deactivated by the expiry comes back, then invitations reserve again."""
    organization_id = row.organization_id
    await close_what_ran_out(transaction, organization_id, now=now)
    away = await members.list_expired(transaction, organization_id)
    if away:
        await _restore_members(transaction, row, away, limit=limit, now=now)
    await _thaw(transaction, organization_id, limit=limit, now=now)
    transaction.announce(organization_id, "MEMBERS", "SEATS", "INVITATIONS")


async def _restore_members(
    transaction: Transaction,
    row: Subscription,
    away: list[Member],
    *,
    limit: int,
    now: datetime,
) -> None:
    """As far as seats reach (S5); the others wait for a seat, and for somebody to choose them."""
    organization_id = row.organization_id
    occupied, _ = await seats.count_taken(transaction, organization_id, now=now)
    room = max(0, limit - occupied)
    ordered = by_precedence(away, keep=())
    back, left_out = [one.id for one in ordered[:room]], [one.id for one in ordered[room:]]
    await members.write_many(
        transaction,
        organization_id,
        back,
        status=MemberStatus.ACTIVE,
        deactivation_reason=None,
        deactivated_at=None,
    )
    await members.write_many(
        transaction, organization_id, left_out, deactivation_reason=DeactivationReason.NO_SEAT
    )
    await seats.occupy_many(
        transaction,
        organization_id,
        member_ids=back,
        reason=SeatBeginning.SUBSCRIPTION_RENEWED,
        now=now,
    )
    audit.record(
        transaction,
        organization_id,
        actor=SYSTEM,
        action="organization.restored",
        target=("Subscription", row.id),
        at=now,
        after={
            "restoredMemberIds": _members(organization_id, back),
            "membersWithoutSeatIds": _members(organization_id, left_out),
        },
    )
    await _give_notice(transaction, row, MailKind.ORGANIZATION_RESTORED, at=now)


async def _thaw(
    transaction: Transaction, organization_id: UUID, *, limit: int, now: datetime
) -> None:
    """Frozen invitations reserve again, oldest first, as seats reach; the others stay open."""
    occupied, reserved = await seats.count_taken(transaction, organization_id, now=now)
    frozen = await invitations.list_without_seat(transaction, organization_id)
    for invitation in frozen[: max(0, limit - occupied - reserved)]:
        await seats.reserve(
            transaction, invitation, reason=SeatBeginning.INVITATION_RESTORED, now=now
        )
        await transaction.session.flush()  # the next one takes the next number


async def _give_notice(
    transaction: Transaction, row: Subscription, kind: MailKind, *, at: datetime
) -> None:
    notice = Notice(row.organization_id, kind, row.id, at)
    await transaction.enqueue(WRITE_NOTICES, notice.payload)


def _members(organization_id: UUID, ids: Sequence[UUID]) -> list[str]:
    return [encode("Member", organization_id, one) for one in ids]
