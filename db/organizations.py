"""Reading and locking organizations.

A read says which parts it wants; each set of parts is one statement, compiled once. Every read
joins the viewer's membership: an organization without it is not found (P2). A lock leaves the key
alone (`key_share`): who only writes a row that refers to it, as a mail, is not in the way.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Uuid,
    bindparam,
    func,
    lateral,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import InstrumentedAttribute, aliased

from db.database import Transaction
from db.enums import SeatState
from db.members import with_seat
from db.models import Member, Organization, Seat, Subscription
from db.pages import paged
from db.statements import AnySelect, Statement

ENTITLEMENT = "entitlement"
SUBSCRIPTION = "subscription"
SEAT_COUNTS = "seat_counts"
VIEWER_SEAT = "viewer_seat"
EXPIRY = "expiry"
"""The parts of an organization that a read may ask for, beside its own columns. ENTITLEMENT is as
much of the subscription as tells the plan in force and the seats bought; SUBSCRIPTION is all of it.
"""

NOW = bindparam("now", type_=TIMESTAMP(timezone=True))
"""Business time, from the clock: never SQL's now()."""

_ENTITLEMENT_COLUMNS = (Subscription.status, Subscription.price_id, Subscription.seats)
_SUBSCRIPTION_COLUMNS = (
    *_ENTITLEMENT_COLUMNS,
    Subscription.id,
    Subscription.current_period_start,
    Subscription.current_period_end,
    Subscription.trial_ends_at,
    Subscription.ends_at,
    Subscription.ended_at,
    Subscription.pending_kind,
    Subscription.pending_price_id,
    Subscription.pending_seats,
    Subscription.pending_effective_at,
    Subscription.pending_expires_at,
    Subscription.pending_pay_url,
    Subscription.next_payment_at,
    Subscription.next_payment_amount,
    Subscription.payment_brand,
    Subscription.payment_last4,
    Subscription.payment_expires_month,
    Subscription.payment_expires_year,
    Subscription.pay_url,
    Subscription.payment_failed_at,
)


def _viewed() -> AnySelect:
    return (
        select(
            Organization.id,
            Organization.name,
            Organization.display_name,
            Organization.billing_email,
            Organization.created_at,
            Organization.stripe_customer_id,
            Member.id.label("member_id"),
            Member.role,
            Member.status,
            Member.deactivation_reason,
            Member.deactivated_at,
            Member.joined_at,
        )
        .join(Member, Member.organization_id == Organization.id)
        .where(
            Member.user_id == bindparam("user_id", type_=Uuid),
            Member.removed_at.is_(None),
            Organization.deleted_at.is_(None),
        )
    )


def _with_parts(
    statement: AnySelect,
    parts: frozenset[str],
    *,
    id_: ColumnElement[UUID],
    member_id: ColumnElement[UUID],
) -> AnySelect:
    """`statement` with `parts` of the organizations whose ids are its column `id_`; the viewer's
    memberships are its column `member_id`.
    """
    if SUBSCRIPTION in parts:
        statement = _with_subscription(statement, _SUBSCRIPTION_COLUMNS, id_=id_)
    elif ENTITLEMENT in parts:
        statement = _with_subscription(statement, _ENTITLEMENT_COLUMNS, id_=id_)
    if SEAT_COUNTS in parts:
        statement = _with_seat_counts(statement, id_=id_)
    if VIEWER_SEAT in parts:
        statement = with_seat(statement, organization_id=id_, member_id=member_id)
    if EXPIRY in parts:
        statement = _with_expiry(statement, id_=id_)
    return statement


def _with_subscription(
    statement: AnySelect,
    columns: Iterable[InstrumentedAttribute[Any]],
    *,
    id_: ColumnElement[UUID],
) -> AnySelect:
    return statement.add_columns(
        *(column.label(f"subscription_{column.key}") for column in columns)
    ).outerjoin(Subscription, (Subscription.organization_id == id_) & Subscription.is_current)


def _with_expiry(statement: AnySelect, *, id_: ColumnElement[UUID]) -> AnySelect:
    """The running expiry, which need not be that of the subscription that counts."""
    expired = aliased(Subscription)
    return statement.add_columns(
        expired.status.label("expired_status"),
        expired.deactivates_at.label("deactivates_at"),
        expired.deactivated_at.label("organization_deactivated_at"),
    ).outerjoin(
        expired,
        (expired.organization_id == id_) & expired.deactivates_at.is_not(None),
    )


def _with_seat_counts(statement: AnySelect, *, id_: ColumnElement[UUID]) -> AnySelect:
    counts = lateral(
        select(
            func.count().filter(Seat.state == SeatState.OCCUPIED).label("occupied"),
            func.count()
            .filter(Seat.state == SeatState.RESERVED, Seat.expires_at > NOW)
            .label("reserved"),
        ).where(Seat.organization_id == id_, Seat.ended_at.is_(None)),
        name="seat_counts",
    )
    return statement.add_columns(counts.c.occupied, counts.c.reserved).join(counts, true())


def _viewed_with(parts: frozenset[str], condition: ColumnElement[bool]) -> AnySelect:
    id_, member_id = Organization.id.expression, Member.id.expression
    return _with_parts(_viewed().where(condition), parts, id_=id_, member_id=member_id)


@cache
def viewed_by_ids(parts: frozenset[str]) -> Statement:
    """The organizations of `:ids` that `:user_id` belongs to."""
    ids = bindparam("ids", type_=ARRAY(Uuid))
    return Statement(_viewed_with(parts, Organization.id == func.any(ids)))


@cache
def viewed_by_name(parts: frozenset[str]) -> Statement:
    """The organization called `:name`, if `:user_id` belongs to it."""
    return Statement(_viewed_with(parts, Organization.name == bindparam("name")))


@cache
def viewed_page(parts: frozenset[str], *, after: bool) -> Statement:
    """The organizations of `:user_id`, by name; beyond `:after_0`; at most `:limit`.

    All that are theirs are found first, and no part is read before the page is cut. Not knowing
    the limit, Postgres would expect a short page, and walk through the names of all organizations
    to come by one in the right order.
    """
    theirs = _viewed().cte("theirs").prefix_with("MATERIALIZED")
    page = paged(select(theirs), order=[theirs.c.name], after=after).subquery("page")
    found = _with_parts(select(page), parts, id_=page.c.id, member_id=page.c.member_id)
    return Statement(found.order_by(page.c.name))


COUNT_VIEWED = Statement(
    select(func.count())
    .select_from(Member)
    .join(Organization, Organization.id == Member.organization_id)
    .where(
        Member.user_id == bindparam("user_id", type_=Uuid),
        Member.removed_at.is_(None),
        Organization.deleted_at.is_(None),
    )
)
"""How many organizations `:user_id` belongs to."""


async def lock_for_member(
    transaction: Transaction, organization_id: UUID, *, user_id: UUID
) -> tuple[Organization, Member] | None:
    """Lock the organization's row in its member's name, then read the membership.

    None: there is no such organization, or the caller is not in it. The membership is read by a
    statement of its own: one that waits for the lock sees the other tables as they were before.
    """
    lock = (
        select(Organization)
        .join(Member, Member.organization_id == Organization.id)
        .where(Organization.id == organization_id, Organization.deleted_at.is_(None))
        .where(*_present(user_id))
        .with_for_update(of=Organization, key_share=True)
    )
    organization = (await transaction.session.execute(lock)).scalar_one_or_none()
    read = select(Member).where(Member.organization_id == organization_id, *_present(user_id))
    member = (await transaction.session.execute(read)).scalar_one_or_none()
    return None if organization is None or member is None else (organization, member)


def _present(user_id: UUID) -> list[ColumnElement[bool]]:
    return [Member.user_id == user_id, Member.removed_at.is_(None)]


async def lock(transaction: Transaction, organization_id: UUID) -> Organization | None:
    """Lock the organization's row, whoever asks: for jobs that act in nobody's name."""
    found = select(Organization).where(Organization.id == organization_id)
    statement = found.with_for_update(key_share=True)
    return (await transaction.session.execute(statement)).scalar_one_or_none()


async def find_by_customer(transaction: Transaction, stripe_customer_id: str) -> UUID | None:
    """The organization that owns a Stripe customer."""
    statement = select(Organization.id).where(Organization.stripe_customer_id == stripe_customer_id)
    return (await transaction.session.execute(statement)).scalar_one_or_none()


ID_BY_NAME = Statement(
    select(Organization.id).where(
        Organization.name == bindparam("name"), Organization.deleted_at.is_(None)
    )
)
"""The organization `:name`, whoever asks: for operators."""


async def delete(transaction: Transaction, organization_id: UUID, *, now: datetime) -> None:
    """Write down that the organization is deleted; its row stays (B9). Wants the lock."""
    await transaction.session.execute(
        update(Organization)
        .where(Organization.id == organization_id)
        .values(deleted_at=now)
        .execution_options(synchronize_session=False)
    )
