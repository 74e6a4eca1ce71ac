"""What a wanted change means: which price, when it takes effect, and who would lose a seat (B6)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from db import members, seats
from db.enums import BillingInterval, ChangeTiming, MemberRole, SubscriptionStatus
from db.models import Member, Subscription
from services.acting import Acting
from services.catalogue import CatalogueSnapshot
from services.catalogue.file import FREE
from services.change_refusals import NothingToChange
from services.plan_choices import price_on_sale, require_seats_in_range
from services.refusals import InvalidInput, SeatsBelowUsage
from services.seat_allotment import list_losing
from services.stripe_gateway import PlannedPhases
from services.views import PlanView, PriceView


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """What is wanted; None means: as it is. `keep` are the members named to keep their seat."""

    plan: str | None = None
    interval: BillingInterval | None = None
    seats: int | None = None
    keep: tuple[UUID, ...] | None = None


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """What would happen. `effective_at` is a whole second: it is Stripe's `proration_date`, too."""

    price: PriceView
    seats: int
    timing: ChangeTiming
    effective_at: datetime
    keep: tuple[UUID, ...] | None
    losing: tuple[UUID, ...]

    def other_price_than(self, row: Subscription) -> str | None:
        """Stripe's id of the new price. None keeps the price: it may be one agreed on by hand."""
        return None if self.price.id == row.price_id else self.price.stripe_price_id


def planned_phases(row: Subscription, planned: PlannedChange) -> PlannedPhases:
    """The change as phases of the schedule that the subscription is under: from the next period."""
    assert row.schedule_phase_began_at is not None, "the schedule was fetched with its phase"
    return {
        "phase_began_at": int(row.schedule_phase_began_at.timestamp()),
        "changes_at": int(row.current_period_end.timestamp()),
        "in_trial": row.status is SubscriptionStatus.TRIALING,
        "next_price_id": planned.other_price_than(row),
        "next_seats": planned.seats,
        "next_interval": planned.price.interval,
        "discount_ids": list(row.discount_ids),
    }


async def plan_change(acting: Acting, row: Subscription, request: ChangeRequest) -> PlannedChange:
    """The change against the subscription as it stands; or the refusal. Wants the lock."""
    price, plan = _wanted_price(row, request, acting.snapshot)
    wanted = row.seats if request.seats is None else request.seats
    if (price.id, wanted) == (row.price_id, row.seats):
        raise NothingToChange(pending=row.pending_kind is not None)
    require_seats_in_range(plan, wanted)
    timing = ChangeTiming.NOW
    losing: tuple[UUID, ...] = ()
    if _goes_down(row, price=price, seats=wanted, snapshot=acting.snapshot):
        timing = ChangeTiming.PERIOD_END  # then seats are allotted, also where they were too few
        losing = await _losing(acting, limit=wanted, keep=request.keep)
    return PlannedChange(
        price=price,
        seats=wanted,
        timing=timing,
        effective_at=_effective_at(row, timing, now=acting.now),
        keep=request.keep,
        losing=losing,
    )


def _wanted_price(
    row: Subscription, request: ChangeRequest, snapshot: CatalogueSnapshot
) -> tuple[PriceView, PlanView]:
    """More seats keep the price there is; another plan or interval takes today's (B6, B8)."""
    current = snapshot.price(row.price_id)
    code = current.plan_code if request.plan is None else request.plan
    interval = request.interval or current.interval
    if code == FREE:
        raise InvalidInput("plan", "FREE is what is left after cancelSubscription; use that")
    if (code, interval) == (current.plan_code, current.interval):
        return current, snapshot.plan(code)
    return price_on_sale(code, interval, snapshot, currency=current.currency)


def _goes_down(
    row: Subscription, *, price: PriceView, seats: int, snapshot: CatalogueSnapshot
) -> bool:
    """If any part goes down, the whole change waits for the end of the period."""
    current = snapshot.price(row.price_id)
    return (
        snapshot.plan(price.plan_code).rank < snapshot.plan(current.plan_code).rank
        or seats < row.seats
        or (current.interval, price.interval) == (BillingInterval.ANNUAL, BillingInterval.MONTHLY)
    )


def _effective_at(row: Subscription, timing: ChangeTiming, *, now: datetime) -> datetime:
    """Stripe wants a moment within the current period; clocks may differ by a little."""
    if timing is ChangeTiming.PERIOD_END:
        return row.current_period_end
    within = min(max(now, row.current_period_start), row.current_period_end)
    return within.replace(microsecond=0)


async def _losing(acting: Acting, *, limit: int, keep: tuple[UUID, ...] | None) -> tuple[UUID, ...]:
    """Who would lose their seat. Below what is in use somebody has to be named (S5)."""
    transaction, organization_id = acting.transaction, acting.organization.id
    occupied, reserved = await seats.count_taken(transaction, organization_id, now=acting.now)
    if keep is None and occupied + reserved > limit:
        raise SeatsBelowUsage(limit, occupied, reserved)
    if keep is not None:
        active = await members.list_active(transaction, organization_id)
        _check_keep(keep, active, limit=limit)
    losing = await list_losing(transaction, organization_id, limit=limit, keep=keep or ())
    return tuple(member.id for member in losing)


def _check_keep(keep: tuple[UUID, ...], active: Collection[Member], *, limit: int) -> None:
    """Whom it names keeps their seat, and so does the owner, named or not."""
    if not set(keep) <= {member.id for member in active}:
        raise InvalidInput("keepMemberIds", "names somebody who is no active member")
    owner = next(member.id for member in active if member.role is MemberRole.OWNER)
    if len({*keep, owner}) > limit:
        problem = f"has to name at most {limit - 1} members beside the owner"
        raise InvalidInput("keepMemberIds", problem)
