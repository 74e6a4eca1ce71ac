"""The enums of the contract: the words of the domain, each with what it means.

The types of the schema name the enums of the domain themselves.
"""

from enum import Enum

import strawberry

from db import enums
from services.access import AccessDenial, AccessState, WayBack
from services.billing_portal import PortalFlow
from services.members import MemberOrder
from services.permissions import OrganizationAction
from services.refusals import RefusalCode
from services.upcoming_events import UpcomingEventKind
from services.updates import OrganizationChange

DESCRIPTIONS: tuple[tuple[type[Enum], str, dict[str, str]], ...] = (
    (
        enums.MemberRole,
        "What a member may do in an organization.",
        {
            "OWNER": "Everything, also transferring and deleting. There is exactly one.",
            "ADMIN": "Sees and manages the subscription, billing and members.",
            "COLLABORATOR": "Uses the organization, and sees its members.",
        },
    ),
    (
        enums.MemberStatus,
        "Whether a member may use the organization.",
        {
            "ACTIVE": "The member holds a seat and may use the organization.",
            "DEACTIVATED": "The member is locked out, and holds no seat.",
        },
    ),
    (
        enums.DeactivationReason,
        "Why a member is locked out.",
        {
            "SUBSCRIPTION_EXPIRED": "The subscription ended. They return by themselves on renewal.",
            "NO_SEAT": "There were too few seats. An owner or admin can reactivate them.",
            "BY_ADMIN": "An owner or admin deactivated them, and can reactivate them.",
        },
    ),
    (
        AccessState,
        "Whether the members of an organization may use it.",
        {
            "ACTIVE": "No subscription has expired. Also without one, on the free plan.",
            "GRACE": "The subscription has ended. Everybody still works, nobody new can join.",
            "DEACTIVATED": "It was not renewed in time. All members but the owner are locked out.",
        },
    ),
    (
        WayBack,
        "What would let a deactivated member in again.",
        {
            "RENEWAL": "They return by themselves when the owner selects a plan.",
            "PAYMENT": "They return by themselves when the open invoice is paid.",
            "REACTIVATION": "An owner or admin reactivates them, when a seat is free.",
        },
    ),
    (
        AccessDenial,
        "Why somebody may not use an organization.",
        {
            "NOT_A_MEMBER": "They do not belong to it, or there is no such person or organization.",
            "SUBSCRIPTION_EXPIRED": "Their membership is deactivated: the subscription expired.",
            "NO_SEAT": "Their membership is deactivated: there were too few seats.",
            "BY_ADMIN": "Their membership was deactivated by an owner or admin.",
        },
    ),
    (
        enums.InvitationStatus,
        "How an invitation stands.",
        {
            "PENDING": "It can be accepted, and reserves a seat, but not while an expiry runs.",
            "ACCEPTED": "The person has joined.",
            "DECLINED": "The person does not want to join.",
            "CANCELLED": "An owner or admin has taken it back.",
            "EXPIRED": "It was not answered in time.",
        },
    ),
    (
        enums.SeatState,
        "How a seat is taken.",
        {
            "OCCUPIED": "By an active member.",
            "RESERVED": "By an invitation that has not expired.",
        },
    ),
    (
        enums.SeatBeginning,
        "Why somebody began to hold a seat.",
        {
            "ORGANIZATION_CREATED": "They made the organization.",
            "INVITATION_SENT": "They were invited.",
            "INVITATION_RESENT": "They were invited again.",
            "INVITATION_RESTORED": "Their invitation was frozen, and the subscription renewed.",
            "INVITATION_ACCEPTED": "They accepted their invitation.",
            "MEMBER_REACTIVATED": "They were let in again.",
            "SUBSCRIPTION_RENEWED": "The subscription was renewed.",
        },
    ),
    (
        enums.SeatEnding,
        "Why somebody ceased to hold a seat.",
        {
            "INVITATION_ACCEPTED": "They accepted: the seat of the member follows.",
            "INVITATION_DECLINED": "They declined their invitation.",
            "INVITATION_CANCELLED": "Their invitation was taken back.",
            "INVITATION_EXPIRED": "Their invitation was not answered in time.",
            "INVITATION_RESENT": "They were invited again: another reservation follows.",
            "INVITATION_FROZEN": "The subscription ended before they answered.",
            "MEMBER_REMOVED": "They were removed.",
            "MEMBER_LEFT": "They left.",
            "MEMBER_DEACTIVATED": "They were deactivated.",
            "SUBSCRIPTION_EXPIRED": "The subscription ended.",
            "NO_SEAT": "There were too few seats.",
            "ORGANIZATION_DELETED": "The organization was deleted.",
        },
    ),
    (
        enums.ActorKind,
        "Who did something.",
        {
            "USER": "A user.",
            "STRIPE": "Stripe, or somebody in its dashboard.",
            "SYSTEM": "Seatwise itself, because its time had come.",
        },
    ),
    (
        MemberOrder,
        "In which order members are listed.",
        {
            "JOINED_FIRST": "Who joined first comes first.",
            "JOINED_LAST": "Who joined last comes first.",
        },
    ),
    (
        enums.StripeEventState,
        "What became of a webhook event of Stripe's.",
        {
            "RECEIVED": "It waits for a fetch, its first or the next after one that failed.",
            "DONE": "What it speaks of was fetched.",
            "IGNORED": "It is about nothing that concerns an organization here.",
            "DEAD": "All attempts to fetch have failed. It waits for a person.",
        },
    ),
    (
        enums.BillingInterval,
        "How often a price is charged.",
        {"MONTHLY": "Every month.", "ANNUAL": "Every year."},
    ),
    (
        enums.SubscriptionStatus,
        "How a subscription stands, in Stripe's words.",
        {
            "INCOMPLETE": "The first payment is not through yet. It entitles nobody.",
            "INCOMPLETE_EXPIRED": "The first payment never came. It entitles nobody.",
            "TRIALING": "In its trial time. It entitles.",
            "ACTIVE": "Paid. It entitles.",
            "PAST_DUE": "A payment failed and is tried again. It still entitles.",
            "UNPAID": "A payment failed for good. It entitles nobody until it is paid.",
            "PAUSED": "The trial ended without a payment method. It entitles nobody.",
            "CANCELED": "Ended for good.",
        },
    ),
    (
        enums.PendingChangeKind,
        "Why a change does not count yet.",
        {
            "SCHEDULED": "It takes effect at the end of the period.",
            "AWAITING_PAYMENT": "It takes effect when it is paid, and is dropped after 23 hours.",
        },
    ),
    (
        enums.ChangeTiming,
        "When a change takes effect.",
        {"NOW": "At once, as soon as it is paid.", "PERIOD_END": "At the end of the period."},
    ),
    (
        enums.InvoiceStatus,
        "How an invoice stands, in Stripe's words.",
        {
            "DRAFT": "Not issued yet.",
            "OPEN": "It is to be paid.",
            "PAID": "It is paid.",
            "UNCOLLECTIBLE": "Nobody asks for the money any more; it can still be paid.",
            "VOID": "It is not to be paid.",
        },
    ),
    (
        enums.CancellationFeedback,
        "Why somebody cancels.",
        {
            "TOO_EXPENSIVE": "It costs too much.",
            "MISSING_FEATURES": "Something needed is missing.",
            "SWITCHED_SERVICE": "Another service is used instead.",
            "UNUSED": "It is not used enough.",
            "CUSTOMER_SERVICE": "The support was not good enough.",
            "TOO_COMPLEX": "It is too difficult to use.",
            "LOW_QUALITY": "It does not work well enough.",
            "OTHER": "Another reason.",
        },
    ),
    (
        enums.BillingSessionKind,
        "Which of Stripe's pages a billing session opens.",
        {
            "CHECKOUT": "Where a plan is bought.",
            "PORTAL": "Where invoices and payment methods are seen and changed.",
            "PAYMENT": "Where a payment is finished, for example by 3-D Secure.",
        },
    ),
    (
        enums.BillingSessionStatus,
        "How a billing session stands.",
        {
            "OPEN": "Its URL can be visited.",
            "COMPLETED": "It was paid.",
            "EXPIRED": "Its time is over, or another choice replaced it.",
        },
    ),
    (
        OrganizationAction,
        "What somebody may want to do in an organization.",
        {
            "VIEW_MEMBERS": "See plan, seat usage and members.",
            "VIEW_BILLING": "See subscription, seats and billing sessions.",
            "UPDATE_ORGANIZATION": "Change the display name and the billing address.",
            "SELECT_PLAN": "Buy a plan.",
            "CHANGE_PLAN": "Change plan, interval or seats, or ask what it would cost.",
            "CANCEL_PENDING_CHANGE": "Call off a change that does not count yet.",
            "CANCEL_SUBSCRIPTION": "Let the subscription end.",
            "RESUME_SUBSCRIPTION": "Undo a cancellation.",
            "OPEN_BILLING_PORTAL": "Visit Stripe's portal.",
            "VIEW_INVITATIONS": "See invitations.",
            "VIEW_AUDIT_LOG": "See the audit log.",
            "INVITE_MEMBER": "Invite somebody. Only the owner invites admins.",
            "RESEND_INVITATION": "Send an invitation again.",
            "CANCEL_INVITATION": "Take an invitation back.",
            "CHANGE_MEMBER_ROLE": "Change a member's role. Only the owner decides who is an admin.",
            "REMOVE_MEMBER": "Remove a member. Only the owner removes admins.",
            "DEACTIVATE_MEMBER": "Lock a member out. Only the owner deactivates admins.",
            "REACTIVATE_MEMBER": "Let a deactivated member in again.",
            "LEAVE_ORGANIZATION": "Leave. The owner has to transfer the organization first.",
            "TRANSFER_OWNERSHIP": "Make another active member the owner.",
            "DELETE_ORGANIZATION": "Delete the organization for good.",
        },
    ),
    (
        PortalFlow,
        "What a visit to Stripe's portal is for.",
        {
            "HOME": "Anything it offers.",
            "UPDATE_PAYMENT_METHOD": "Giving another payment method.",
            "CANCEL": "Cancelling the subscription.",
            "INVOICES": "Seeing the invoices, which its first page lists.",
        },
    ),
    (
        enums.FindingKind,
        "What is not as it should be between Stripe and us.",
        {
            "DRIFT": "Something is not here as it is at Stripe; it is fetched again by itself.",
            "SEVERAL_LIVING_SUBSCRIPTIONS": "A living subscription beside the one that counts.",
            "UNKNOWN_PRICE": "A subscription whose price is not in the catalogue.",
            "CUSTOMER_DELETED": "The customer was deleted in Stripe's dashboard.",
            "SUBSCRIBED_AFTER_DELETION": "A living subscription of a deleted organization.",
        },
    ),
    (
        UpcomingEventKind,
        "What will happen.",
        {
            "RENEWAL": "The period ends and the next one is charged.",
            "TRIAL_END": "The trial ends and the first period is charged.",
            "CHANGE": "The pending change takes effect.",
            "PENDING_PAYMENT_EXPIRY": "The pending change is dropped unless it is paid.",
            "CANCELLATION": "The subscription ends.",
            "DEACTIVATION": "The grace time ends; members but the owner are locked out.",
            "INVITATION_EXPIRY": "An invitation expires.",
        },
    ),
    (
        OrganizationChange,
        "What part of an organization changed.",
        {
            "ORGANIZATION": "Its names or addresses.",
            "BILLING": "Invoices, billing sessions, the billing account, or its health.",
            "SUBSCRIPTION": "The subscription: what was bought, how it stands, how it is paid.",
            "SEATS": "How many seats there are, or who holds them.",
            "MEMBERS": "Members, their roles or their status.",
            "INVITATIONS": "Invitations: sent, answered, taken back.",
        },
    ),
    (
        RefusalCode,
        "Why something was refused, for programs. Each type of error has one code.",
        {
            "ORGANIZATION_NOT_FOUND": "There is no such organization, or you do not belong to it.",
            "NOT_PERMITTED": "Your role does not permit it.",
            "MEMBER_DEACTIVATED": "Your membership is deactivated.",
            "INVALID_INPUT": "A value of the input can't be accepted.",
            "ORGANIZATION_NAME_TAKEN": "Another organization has, or had, this name.",
            "UNKNOWN_PLAN": "No such plan is for sale.",
            "PRICE_NOT_AVAILABLE": "The plan is not sold at this interval in this currency.",
            "SEATS_OUT_OF_RANGE": "The plan is not sold with so few or so many seats.",
            "SEATS_BELOW_USAGE": "More seats are in use than were asked for.",
            "ALREADY_SUBSCRIBED": "The organization has a subscription.",
            "NO_BILLING_ACCOUNT": "Stripe does not know the organization: nothing was bought yet.",
            "RETURN_URL_NOT_ALLOWED": "The return URL is not of an allowed origin.",
            "BILLING_UNAVAILABLE": "Stripe does not answer. Nothing is charged twice.",
            "BILLING_SESSION_NOT_FOUND": "There is no such billing session.",
            "IDEMPOTENCY_KEY_REUSED": "The idempotency key was used with other input.",
            "RATE_LIMITED": "You, or your network address, called it too often.",
            "SEAT_LIMIT_REACHED": "Every seat is taken.",
            "SUBSCRIPTION_EXPIRED": "The subscription ended; invitations wait for its renewal.",
            "ALREADY_MEMBER": "The person is a member.",
            "ALREADY_INVITED": "The address has an open invitation.",
            "TOO_MANY_INVITATIONS": "Too many invitations were sent within an hour.",
            "INVITATION_NOT_FOUND": "There is no such invitation.",
            "INVITATION_NOT_OPEN": "The invitation was answered, taken back or has expired.",
            "INVITATION_FOR_ANOTHER_ADDRESS": "The invitation was sent to another address.",
            "EMAIL_NOT_VERIFIED": "Your sign-in does not vouch for your e-mail address.",
            "MEMBER_NOT_FOUND": "There is no such member.",
            "MEMBER_NOT_ACTIVE": "The member is deactivated.",
            "ACTING_ON_YOURSELF": "Nobody does this to themselves.",
            "NOT_SUBSCRIBED": "There is no subscription.",
            "PAYMENT_REQUIRED": "An open invoice has to be paid first.",
            "PAYMENT_FAILED": "The payment was declined. Nothing was changed.",
            "CANCELLATION_SCHEDULED": "The subscription is to end. Resume it first.",
            "NOTHING_TO_CHANGE": "It is as it was asked for already.",
            "NO_PENDING_CHANGE": "No change is pending.",
            "NOT_CANCELLING": "No cancellation is scheduled.",
            "PENDING_CHANGE_IN_THE_WAY": "A change is pending. Call it off first.",
            "QUOTE_NOT_FOUND": "There is no such quote.",
            "QUOTE_EXPIRED": "The quote is older than ten minutes.",
            "QUOTE_OUTDATED": "Something has changed since the quote was made.",
            "CURRENCY_FIXED": "The organization is charged in another currency.",
            "PROMOTION_CODE_NOT_VALID": "The promotion code can't be used.",
            "SCOPE_REQUIRED": "Only a service token with another scope may do it.",
            "STRIPE_EVENT_NOT_FOUND": "No such webhook event is in the inbox.",
            "OWNER_PROTECTED": "The owner stays as they are until they transfer the organization.",
        },
    ),
)


def describe_all() -> None:
    """Make the enums GraphQL types; a value without a description is a KeyError."""
    for enum, description, values in DESCRIPTIONS:
        strawberry.enum(enum, description=description)
        for value in enum.__strawberry_definition__.values:  # type: ignore[attr-defined] # set by strawberry.enum
            value.description = values[value.name]
