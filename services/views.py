"""What services hand to resolvers: plain values, loaded as far as they were asked for.

They know no SQL and no GraphQL. An attribute that the read did not ask for raises `NotLoadedError`
instead of going back to the database.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform
from uuid import UUID

from db.enums import (
    ENTITLED,
    BillingInterval,
    BillingSessionKind,
    BillingSessionStatus,
    DeactivationReason,
    InvitationStatus,
    MemberRole,
    MemberStatus,
    PendingChangeKind,
    SeatState,
    SubscriptionStatus,
)
from services.global_ids import TenantKey

if TYPE_CHECKING:
    from services.access import AccessView
    from services.seat_limit import SeatSituation

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def view(class_: type[T]) -> type[T]:
    """A frozen dataclass, as far as the type checker sees.

    That nothing assigns to one is checked before the program runs, so it need not be again while
    it does: a page builds hundreds, and the check makes each four times as dear.
    """
    return dataclass(slots=True, unsafe_hash=True)(class_)


class NotLoadedError(AttributeError):
    """A part of a view was used that its read had not asked for: a bug in the look-ahead."""


@view
class PriceView:
    """Plan x interval x currency, per seat; `unit_amount` in the currency's minor units."""

    id: UUID
    plan_code: str
    interval: BillingInterval
    currency: str
    unit_amount: int
    trial_days: int
    stripe_price_id: str
    archived: bool


@view
class PlanView:
    """What can be bought; `prices` are those on sale. A higher rank is a bigger plan."""

    code: str
    name: str
    description: str
    features: tuple[str, ...]
    rank: int
    minimum_seats: int
    maximum_seats: int
    archived: bool
    prices: tuple[PriceView, ...]


@view
class UserView:
    """A person."""

    id: UUID
    email: str | None
    name: str | None


@view
class PendingChangeView:
    """A change that does not count yet: it waits for the end of the period, or to be paid."""

    kind: PendingChangeKind
    plan: PlanView
    price: PriceView
    seats: int
    effective_at: datetime | None
    expires_at: datetime | None
    pay_url: str | None

    @property
    def interval(self) -> BillingInterval:
        """How often it will be charged."""
        return self.price.interval


@view
class NextPaymentView:
    """What will be charged next; `amount` in the currency's minor units."""

    at: datetime
    amount: int
    currency: str


@view
class PaymentMethodView:
    """What is charged. `brand` names the kind of payment method where it is no card."""

    brand: str
    last4: str | None
    exp_month: int | None
    exp_year: int | None


@view
class PaymentIssueView:
    """A payment that failed, and where it can be made."""

    pay_url: str
    since: datetime

    @property
    def message(self) -> str:
        """What a person can do about it."""
        return "A payment failed. Pay the open invoice, or give another payment method."


@view
class SubscriptionView:
    """What the organization has bought, as last fetched from Stripe."""

    organization_id: UUID
    id: UUID
    status: SubscriptionStatus
    plan: PlanView
    price: PriceView
    seats: int
    current_period_start: datetime
    current_period_end: datetime
    trial_ends_at: datetime | None
    ends_at: datetime | None
    ended_at: datetime | None
    pending_change: PendingChangeView | None
    next_payment: NextPaymentView | None
    payment_method: PaymentMethodView | None
    payment_issue: PaymentIssueView | None

    @property
    def entitled(self) -> bool:
        """Whether what was bought may be used (B2)."""
        return self.status in ENTITLED

    @property
    def interval(self) -> BillingInterval:
        """How often it is charged."""
        return self.price.interval


@view
class SeatUsage:
    """How many may join, and how many have. `limit` is min(plan's cap, purchased) (S1)."""

    limit: int
    purchased: int
    occupied: int
    reserved: int

    @property
    def available(self) -> int:
        """Seats that somebody could take now."""
        return max(0, self.limit - self.occupied - self.reserved)

    @property
    def over(self) -> int:
        """How many are taken beyond the limit: an edit in Stripe or an expiry may lead there."""
        return max(0, self.occupied + self.reserved - self.limit)


@view
class MemberView:
    """One user in one organization, with the seat they hold."""

    organization_id: UUID
    id: UUID
    role: MemberRole
    status: MemberStatus
    deactivation_reason: DeactivationReason | None
    deactivated_at: datetime | None
    joined_at: datetime
    user: UserView
    loaded_seat: "SeatView | None"
    removed_at: datetime | None = None

    @property
    def seat(self) -> "SeatView | None":
        """The seat they hold, and they hold it; a deactivated member has none."""
        seat = _loaded(self.loaded_seat, "MemberView.seat")
        if seat is None:
            return None
        return SeatView(
            seat.organization_id, seat.id, seat.number, seat.state, seat.since, holder=self
        )


@view
class InvitationView:
    """An open offer to join."""

    organization_id: UUID
    id: UUID
    email: str
    role: MemberRole
    status: InvitationStatus
    created_at: datetime
    sent_at: datetime
    expires_at: datetime
    delivery_failure: str | None
    organization_name: str
    organization_display_name: str
    invited_by: UserView


@view
class SeatView:
    """The right of one person to use the organization, occupied or reserved.

    `holder` is the member, or the key of the invitation that it is reserved for.
    """

    organization_id: UUID
    id: UUID
    number: int
    state: SeatState
    since: datetime
    holder: "MemberView | TenantKey | None" = None


@view
class BillingSessionView:
    """A visit to Stripe. `expires_at` is None for the portal: Stripe does not say."""

    organization_id: UUID
    id: UUID
    kind: BillingSessionKind
    status: BillingSessionStatus
    url: str | None
    created_by: UserView | None
    created_at: datetime
    expires_at: datetime | None


class _Unloaded:
    """Stands where a read loaded nothing."""

    __slots__ = ()


UNLOADED: Any = _Unloaded()


@view
class OrganizationView:
    """An organization as one of its members sees it."""

    id: UUID
    name: str
    display_name: str
    created_at: datetime
    billing_email: str | None
    has_billing_account: bool
    viewer: MemberView
    loaded_subscription: SubscriptionView | None = field(default=UNLOADED, repr=False)
    loaded_plan: PlanView = field(default=UNLOADED, repr=False)
    loaded_usage: SeatUsage = field(default=UNLOADED, repr=False)
    loaded_seats: "SeatSituation" = field(default=UNLOADED, repr=False)
    loaded_access: "AccessView" = field(default=UNLOADED, repr=False)

    @property
    def subscription(self) -> SubscriptionView | None:
        """The subscription that counts; None when there never was one."""
        return _loaded(self.loaded_subscription, "OrganizationView.subscription")

    @property
    def plan(self) -> PlanView:
        """The plan in force: the free one while nothing is entitled."""
        return _loaded(self.loaded_plan, "OrganizationView.plan")

    @property
    def seat_usage(self) -> SeatUsage:
        """How many may join, and how many have."""
        return _loaded(self.loaded_usage, "OrganizationView.seat_usage")

    @property
    def seats(self) -> "SeatSituation":
        """What decides whether one more may join."""
        return _loaded(self.loaded_seats, "OrganizationView.seats")

    @property
    def access(self) -> "AccessView":
        """Whether the members may use it now."""
        return _loaded(self.loaded_access, "OrganizationView.access")


def _loaded(value: T, name: str) -> T:
    if value is UNLOADED:
        raise NotLoadedError(f"{name} was not asked for when it was read")
    return value
