"""Refusals: the expected "no", as data. A mutation answers them in its payload (design, section 4).

A refusal raised inside a transaction rolls it back. What nobody expects is no refusal: it stays an
ordinary exception and is masked.
"""

import reprlib
from dataclasses import dataclass
from enum import auto
from typing import ClassVar

from db.enums import BillingInterval, DeactivationReason, MemberRole, Word
from services.views import PlanView, SubscriptionView


class RefusalCode(Word):
    """Why something was refused, for programs. Each type of refusal has one code."""

    ORGANIZATION_NOT_FOUND = auto()
    NOT_PERMITTED = auto()
    MEMBER_DEACTIVATED = auto()
    INVALID_INPUT = auto()
    ORGANIZATION_NAME_TAKEN = auto()
    UNKNOWN_PLAN = auto()
    PRICE_NOT_AVAILABLE = auto()
    SEATS_OUT_OF_RANGE = auto()
    SEATS_BELOW_USAGE = auto()
    ALREADY_SUBSCRIBED = auto()
    NO_BILLING_ACCOUNT = auto()
    RETURN_URL_NOT_ALLOWED = auto()
    BILLING_UNAVAILABLE = auto()
    BILLING_SESSION_NOT_FOUND = auto()
    IDEMPOTENCY_KEY_REUSED = auto()
    RATE_LIMITED = auto()
    SEAT_LIMIT_REACHED = auto()
    SUBSCRIPTION_EXPIRED = auto()
    ALREADY_MEMBER = auto()
    ALREADY_INVITED = auto()
    TOO_MANY_INVITATIONS = auto()
    INVITATION_NOT_FOUND = auto()
    INVITATION_NOT_OPEN = auto()
    INVITATION_FOR_ANOTHER_ADDRESS = auto()
    EMAIL_NOT_VERIFIED = auto()
    MEMBER_NOT_FOUND = auto()
    MEMBER_NOT_ACTIVE = auto()
    ACTING_ON_YOURSELF = auto()
    OWNER_PROTECTED = auto()
    NOT_SUBSCRIBED = auto()
    PAYMENT_REQUIRED = auto()
    PAYMENT_FAILED = auto()
    CANCELLATION_SCHEDULED = auto()
    NOTHING_TO_CHANGE = auto()
    NO_PENDING_CHANGE = auto()
    NOT_CANCELLING = auto()
    PENDING_CHANGE_IN_THE_WAY = auto()
    QUOTE_NOT_FOUND = auto()
    QUOTE_EXPIRED = auto()
    QUOTE_OUTDATED = auto()
    CURRENCY_FIXED = auto()
    PROMOTION_CODE_NOT_VALID = auto()
    SCOPE_REQUIRED = auto()
    STRIPE_EVENT_NOT_FOUND = auto()


@dataclass(eq=False)
class Refusal(Exception):  # noqa: N818 # an expected answer, not a fault
    """An expected "no"; `message` says to a person, in English, what to do."""

    code: ClassVar[RefusalCode]

    @property
    def message(self) -> str:
        """What a person can do about it."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.message


@dataclass(eq=False)
class OrganizationNotFound(Refusal):
    """P2: absent and not yours are the same."""

    code = RefusalCode.ORGANIZATION_NOT_FOUND

    @property
    def message(self) -> str:
        """See `Refusal`."""
        return "There is no such organization, or you do not belong to it."


@dataclass(eq=False)
class NotPermitted(Refusal):
    """The role does not permit it; `roles` would."""

    code = RefusalCode.NOT_PERMITTED
    role: MemberRole
    roles: tuple[MemberRole, ...]

    @property
    def message(self) -> str:
        """See `Refusal`."""
        allowed = " or ".join(role.lower() for role in self.roles)
        return f"You are {self.role.lower()} here; ask the {allowed} of the organization."


@dataclass(eq=False)
class MemberDeactivated(Refusal):
    """P4: a deactivated member sees the name and why they are locked out, and nothing else."""

    code = RefusalCode.MEMBER_DEACTIVATED
    reason: DeactivationReason

    @property
    def message(self) -> str:
        """See `Refusal`."""
        return {
            DeactivationReason.SUBSCRIPTION_EXPIRED: (
                "Your membership is deactivated because the subscription expired; the owner can"
                " renew it."
            ),
            DeactivationReason.NO_SEAT: (
                "Your membership is deactivated because there is no seat for you; an owner or"
                " admin can free or buy one."
            ),
            DeactivationReason.BY_ADMIN: (
                "Your membership was deactivated by an admin; ask an owner or admin."
            ),
        }[self.reason]


@dataclass(eq=False)
class InvalidInput(Refusal):
    """A value that can't be accepted, and the input field (in GraphQL's spelling) it stands in."""

    code = RefusalCode.INVALID_INPUT
    field: str
    problem: str

    @property
    def message(self) -> str:
        """See `Refusal`."""
        return f"{self.field}: {self.problem}"


@dataclass(eq=False)
class OrganizationNameTaken(Refusal):
    """Names are unique, those of deleted organizations too (B9)."""

    code = RefusalCode.ORGANIZATION_NAME_TAKEN
    name: str

    @property
    def message(self) -> str:
        """See `Refusal`."""
        return f"The name {self.name!r} is taken; choose another."


@dataclass(eq=False)
class UnknownPlan(Refusal):
    """No plan of this code is for sale; `plans` are."""

    code = RefusalCode.UNKNOWN_PLAN
    plan: str
    plans: tuple[PlanView, ...]

    @property
    def message(self) -> str:
        """See `Refusal`."""
        known = ", ".join(plan.code for plan in self.plans)
        return f"There is no plan {reprlib.repr(self.plan)} to select. There are: {known}."


@dataclass(eq=False)
class PriceNotAvailable(Refusal):
    """The plan is not sold at this interval in this currency."""

    code = RefusalCode.PRICE_NOT_AVAILABLE
    plan: PlanView
    interval: BillingInterval
    currency: str

    @property
    def message(self) -> str:
        """See `Refusal`."""
        sold = ", ".join(
            f"{price.interval.lower()} in {price.currency.upper()}" for price in self.plan.prices
        )
        return (
            f"{self.plan.name} is not sold {self.interval.lower()} in {self.currency.upper()}."
            f" It is sold {sold}."
        )


@dataclass(eq=False)
class SeatsOutOfRange(Refusal):
    """The plan is sold with `minimum` to `maximum` seats."""

    code = RefusalCode.SEATS_OUT_OF_RANGE
    seats: int
    minimum: int
    maximum: int

    @property
    def message(self) -> str:
        """See `Refusal`."""
        return f"This plan has {self.minimum} to {self.maximum} seats, not {self.seats}."


@dataclass(eq=False)
class SeatsBelowUsage(Refusal):
    """S5: fewer seats were asked for than are in use."""

    code = RefusalCode.SEATS_BELOW_USAGE
    seats: int
    occupied: int
    reserved: int

    @property
    def message(self) -> str:
        """See `Refusal`."""
        return (
            f"{self.occupied} seats are occupied and {self.reserved} reserved by invitations:"
            f" take at least {self.occupied + self.reserved}, or free some first."
        )


@dataclass(eq=False)
class AlreadySubscribed(Refusal):
    """B5: who has a living subscription changes it instead."""

    code = RefusalCode.ALREADY_SUBSCRIBED
    subscription: SubscriptionView

    @property
    def message(self) -> str:
        """See `Refusal`."""
        plan = self.subscription.plan.name
        return f"The organization is subscribed to {plan} already; change that subscription."


@dataclass(eq=False)
class NoBillingAccount(Refusal):
    """Without a customer at Stripe there is nothing that its portal could show."""

    code = RefusalCode.NO_BILLING_ACCOUNT

    @property
    def message(self) -> str:
        """See `Refusal`."""
        return "The organization has no billing account at Stripe; select a plan first."


@dataclass(eq=False)
class ReturnURLNotAllowed(Refusal):
    """No open redirect: only origins from the settings."""

    code = RefusalCode.RETURN_URL_NOT_ALLOWED
    allowed_origins: tuple[str, ...]

    @property
    def message(self) -> str:
        """See `Refusal`."""
        return f"returnUrl has to begin with one of: {', '.join(self.allowed_origins)}."


@dataclass(eq=False)
class BillingUnavailable(Refusal):
    """Stripe is down or slow. The same call can be made again: nothing is charged twice (C2)."""

    code = RefusalCode.BILLING_UNAVAILABLE
    retry_after_seconds: int

    @property
    def message(self) -> str:
        """See `Refusal`."""
        return (
            "Stripe does not answer at the moment. Nothing is charged twice: make the same call"
            f" again in {self.retry_after_seconds} seconds, and it carries on what was begun."
        )


@dataclass(eq=False)
class BillingSessionNotFound(Refusal):
    """The organization has no such billing session."""

    code = RefusalCode.BILLING_SESSION_NOT_FOUND

    @property
    def message(self) -> str:
        """See `Refusal`."""
        return "There is no such billing session, or you may not see it."


@dataclass(eq=False)
class IdempotencyKeyReused(Refusal):
    """The same key with other input: answering either call would be wrong."""

    code = RefusalCode.IDEMPOTENCY_KEY_REUSED

    @property
    def message(self) -> str:
        """See `Refusal`."""
        return "This idempotencyKey was used with other input; use a new one."


@dataclass(eq=False)
class ScopeRequired(Refusal):
    """Only a service token with the scope may do it."""

    code = RefusalCode.SCOPE_REQUIRED
    scope: str

    @property
    def message(self) -> str:
        """See `Refusal`."""
        return f"This needs a service token with the scope {self.scope}."


@dataclass(eq=False)
class StripeEventNotFound(Refusal):
    """It never arrived, or it is old and was forgotten."""

    code = RefusalCode.STRIPE_EVENT_NOT_FOUND
    event_id: str

    @property
    def message(self) -> str:
        """See `Refusal`."""
        return (
            f"There is no event {self.event_id} here: it did not arrive, or is old and was"
            " forgotten. Stripe's dashboard can send it again."
        )


@dataclass(eq=False)
class RateLimited(Refusal):
    """It was called too often. `limit` in words, as `30 per 1 minute`."""

    code = RefusalCode.RATE_LIMITED
    limit: str
    retry_after_seconds: int

    @property
    def message(self) -> str:
        """See `Refusal`."""
        return f"At most {self.limit}; try again in {self.retry_after_seconds} seconds."
