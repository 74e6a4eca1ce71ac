"""The enums of the contract: the words of the domain, each with what it means.

The types of the schema name the enums of the domain themselves.
"""

from enum import Enum

import strawberry

from db import enums
from services.permissions import OrganizationAction
from services.refusals import RefusalCode
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
        enums.InvitationStatus,
        "How an invitation stands.",
        {
            "PENDING": "It can be accepted, and reserves a seat.",
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
        OrganizationChange,
        "What part of an organization changed.",
        {
            "ORGANIZATION": "Its names or addresses.",
            "BILLING": "A billing session, or the billing account.",
            "SUBSCRIPTION": "The subscription: status, plan, price, seats or period.",
            "SEATS": "How many seats there are, or who holds them.",
            "MEMBERS": "Members, their roles or their status.",
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
            "NO_BILLING_ACCOUNT": "Nothing was ever bought, so there is nothing to show.",
            "RETURN_URL_NOT_ALLOWED": "The return URL is not of an allowed origin.",
            "BILLING_UNAVAILABLE": "Stripe does not answer. Nothing was charged.",
            "BILLING_SESSION_NOT_FOUND": "There is no such billing session.",
            "IDEMPOTENCY_KEY_REUSED": "The idempotency key was used with other input.",
            "SEAT_LIMIT_REACHED": "Every seat is taken.",
            "SUBSCRIPTION_PAST_DUE": "A payment failed; nobody new can be let in until it is paid.",
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
