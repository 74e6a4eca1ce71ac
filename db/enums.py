"""The closed sets of words, the same in SQL, Python and GraphQL.

Each member's value is its name, so a row's text is already the GraphQL answer.
"""

from enum import StrEnum, auto


class Word(StrEnum):
    """A StrEnum whose values are its names."""

    @staticmethod
    def _generate_next_value_(name: str, *_: object) -> str:
        return name


class MemberRole(Word):
    """What a member may do in an organization; exactly one member is its owner."""

    OWNER = auto()
    ADMIN = auto()
    COLLABORATOR = auto()


class MemberStatus(Word):
    """Whether a member may use the organization."""

    ACTIVE = auto()
    DEACTIVATED = auto()


class DeactivationReason(Word):
    """Why a member is locked out."""

    SUBSCRIPTION_EXPIRED = auto()
    NO_SEAT = auto()
    BY_ADMIN = auto()


class InvitationStatus(Word):
    """How an invitation stands; EXPIRED is derived from its date."""

    PENDING = auto()
    ACCEPTED = auto()
    DECLINED = auto()
    CANCELLED = auto()
    EXPIRED = auto()


class SeatState(Word):
    """OCCUPIED by an active member, or RESERVED by an open invitation."""

    OCCUPIED = auto()
    RESERVED = auto()


class SeatBeginning(Word):
    """Why a row of the seat ledger began."""

    ORGANIZATION_CREATED = auto()
    INVITATION_SENT = auto()
    INVITATION_RESENT = auto()
    INVITATION_RESTORED = auto()
    INVITATION_ACCEPTED = auto()
    MEMBER_REACTIVATED = auto()
    SUBSCRIPTION_RENEWED = auto()


class SeatEnding(Word):
    """Why a row of the seat ledger ended."""

    INVITATION_ACCEPTED = auto()
    INVITATION_DECLINED = auto()
    INVITATION_CANCELLED = auto()
    INVITATION_EXPIRED = auto()
    INVITATION_RESENT = auto()
    INVITATION_FROZEN = auto()
    MEMBER_REMOVED = auto()
    MEMBER_LEFT = auto()
    MEMBER_DEACTIVATED = auto()
    SUBSCRIPTION_EXPIRED = auto()
    NO_SEAT = auto()
    ORGANIZATION_DELETED = auto()


class BillingInterval(Word):
    """How often a price is charged."""

    MONTHLY = auto()
    ANNUAL = auto()


class SubscriptionStatus(Word):
    """Stripe's subscription statuses, in our spelling."""

    INCOMPLETE = auto()
    INCOMPLETE_EXPIRED = auto()
    TRIALING = auto()
    ACTIVE = auto()
    PAST_DUE = auto()
    UNPAID = auto()
    PAUSED = auto()
    CANCELED = auto()


ENTITLED = frozenset(
    {SubscriptionStatus.TRIALING, SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE}
)
"""Statuses in which what was bought may be used (B2)."""

DEAD = frozenset({SubscriptionStatus.CANCELED, SubscriptionStatus.INCOMPLETE_EXPIRED})
"""Statuses that never change again; all others are living (B2)."""

EXPIRED = frozenset(
    {SubscriptionStatus.CANCELED, SubscriptionStatus.UNPAID, SubscriptionStatus.PAUSED}
)
"""Statuses that start the grace time, after the subscription has been entitled (B2)."""


class BillingSessionKind(Word):
    """Which of Stripe's pages a billing session opens."""

    CHECKOUT = auto()
    PORTAL = auto()
    PAYMENT = auto()


class BillingSessionStatus(Word):
    """How a billing session stands."""

    OPEN = auto()
    COMPLETED = auto()
    EXPIRED = auto()


class PendingChangeKind(Word):
    """Why a change of a subscription does not count yet (B6)."""

    SCHEDULED = auto()
    AWAITING_PAYMENT = auto()


class InvoiceStatus(Word):
    """Stripe's invoice statuses, in our spelling."""

    DRAFT = auto()
    OPEN = auto()
    PAID = auto()
    UNCOLLECTIBLE = auto()
    VOID = auto()


SETTLED_INVOICE = frozenset({InvoiceStatus.PAID, InvoiceStatus.VOID})
"""Statuses in which an invoice stays as it is."""


class ChangeTiming(Word):
    """When a change of a subscription takes effect (B6)."""

    NOW = auto()
    PERIOD_END = auto()


class CancellationFeedback(Word):
    """Why somebody cancels: Stripe's own list."""

    TOO_EXPENSIVE = auto()
    MISSING_FEATURES = auto()
    SWITCHED_SERVICE = auto()
    UNUSED = auto()
    CUSTOMER_SERVICE = auto()
    TOO_COMPLEX = auto()
    LOW_QUALITY = auto()
    OTHER = auto()


class IntentKind(Word):
    """The Stripe writes that are announced by an intent row (C2)."""

    CREATE_CUSTOMER = auto()
    UPDATE_CUSTOMER = auto()
    CREATE_CHECKOUT_SESSION = auto()
    EXPIRE_CHECKOUT_SESSION = auto()
    CREATE_PORTAL_SESSION = auto()
    CANCEL_SUBSCRIPTION = auto()
    CHANGE_SUBSCRIPTION = auto()
    CREATE_SCHEDULE = auto()
    UPDATE_SCHEDULE = auto()
    RELEASE_SCHEDULE = auto()
    VOID_INVOICE = auto()
    CANCEL_AT_PERIOD_END = auto()
    RESUME_SUBSCRIPTION = auto()


class IntentStatus(Word):
    """OPEN until Stripe's answer is known; then it SUCCEEDED or was REFUSED."""

    OPEN = auto()
    SUCCEEDED = auto()
    REFUSED = auto()


class IntentFailure(Word):
    """How an intent's last attempt failed, where that left it open (C2).

    ANSWER_LOST: the write may have been done; the same attempt is sent again. FAULT_STORED: Stripe
    replays its fault under the same key, so a look-up decides whether a new attempt is made.
    """

    ANSWER_LOST = auto()
    FAULT_STORED = auto()


class MailKind(Word):
    """What a mail is about; each kind has its templates."""

    INVITATION = auto()
    PAYMENT_FAILED = auto()
    SUBSCRIPTION_ENDED = auto()
    DEACTIVATION_NEAR = auto()
    ORGANIZATION_DEACTIVATED = auto()
    ORGANIZATION_RESTORED = auto()
    MEMBERSHIP_DEACTIVATED = auto()
    MEMBERSHIP_RESTORED = auto()


class StripeEventState(Word):
    """What became of a stored webhook event."""

    RECEIVED = auto()
    DONE = auto()
    IGNORED = auto()
    DEAD = auto()


class FindingKind(Word):
    """What is not as it should be between Stripe and us.

    A DRIFT is repaired by `sync`; the others need a person.
    """

    DRIFT = auto()
    SEVERAL_LIVING_SUBSCRIPTIONS = auto()
    UNKNOWN_PRICE = auto()
    CUSTOMER_DELETED = auto()
    SUBSCRIBED_AFTER_DELETION = auto()


class ReconciliationPhase(Word):
    """Which of the account's lists is compared."""

    SUBSCRIPTIONS = auto()
    INVOICES = auto()
    CHECKOUTS = auto()
    CUSTOMERS = auto()


class ActorKind(Word):
    """Who did what an audit event tells."""

    USER = auto()
    STRIPE = auto()
    SYSTEM = auto()
