"""Mutations of invitations: what a team does, and what the invited person does."""

from typing import Annotated

import strawberry

from db.enums import MemberRole
from resolvers import invitations
from schema.change_errors import PaymentRequiredError
from schema.errors import (
    IdempotencyKeyReusedError,
    InvalidInputError,
    MemberDeactivatedError,
    NotPermittedError,
    OrganizationNotFoundError,
    RateLimitedError,
)
from schema.info import Info
from schema.members import Invitation, Member
from schema.node import input_key
from schema.organizations import Organization
from schema.payloads import (
    Done,
    errors_field,
    invitation_field,
    member_field,
    mutation,
    organization_field,
)
from schema.people_errors import (
    AlreadyInvitedError,
    AlreadyMemberError,
    EmailNotVerifiedError,
    InvitationForAnotherAddressError,
    InvitationNotFoundError,
    InvitationNotOpenError,
    SeatLimitReachedError,
    SubscriptionExpiredError,
    TooManyInvitationsError,
)
from services.limited_actions import LimitedAction

InviteMemberError = Annotated[
    InvalidInputError
    | OrganizationNotFoundError
    | NotPermittedError
    | MemberDeactivatedError
    | AlreadyMemberError
    | AlreadyInvitedError
    | SeatLimitReachedError
    | PaymentRequiredError
    | TooManyInvitationsError
    | IdempotencyKeyReusedError
    | RateLimitedError,
    strawberry.union("InviteMemberError", description="Why nobody was invited."),
]
ResendInvitationError = Annotated[
    InvalidInputError
    | OrganizationNotFoundError
    | NotPermittedError
    | MemberDeactivatedError
    | InvitationNotFoundError
    | InvitationNotOpenError
    | AlreadyMemberError
    | AlreadyInvitedError
    | SeatLimitReachedError
    | PaymentRequiredError
    | SubscriptionExpiredError
    | TooManyInvitationsError
    | IdempotencyKeyReusedError
    | RateLimitedError,
    strawberry.union("ResendInvitationError", description="Why it was not sent again."),
]
CancelInvitationError = Annotated[
    InvalidInputError
    | OrganizationNotFoundError
    | NotPermittedError
    | MemberDeactivatedError
    | InvitationNotFoundError
    | InvitationNotOpenError
    | IdempotencyKeyReusedError,
    strawberry.union("CancelInvitationError", description="Why it was not taken back."),
]
AcceptInvitationError = Annotated[
    InvalidInputError
    | InvitationNotFoundError
    | InvitationNotOpenError
    | InvitationForAnotherAddressError
    | EmailNotVerifiedError
    | AlreadyMemberError
    | SeatLimitReachedError
    | SubscriptionExpiredError
    | IdempotencyKeyReusedError,
    strawberry.union("AcceptInvitationError", description="Why the viewer did not join."),
]
DeclineInvitationError = Annotated[
    InvalidInputError
    | InvitationNotFoundError
    | InvitationNotOpenError
    | InvitationForAnotherAddressError
    | EmailNotVerifiedError
    | IdempotencyKeyReusedError,
    strawberry.union("DeclineInvitationError", description="Why it was not declined."),
]
IDEMPOTENCY_KEY = "The same key and input within 24 h give the same answer."


@strawberry.input(description="The input of `inviteMember`.")
class InviteMemberInput:
    organization_id: strawberry.ID = strawberry.field(description="The organization.")
    email: str = strawberry.field(description="Where to send the invitation.")
    role: MemberRole = strawberry.field(
        description="`ADMIN` or `COLLABORATOR`. Only the owner invites admins."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="The input of `resendInvitation`.")
class ResendInvitationInput:
    invitation_id: strawberry.ID = strawberry.field(description="An open or expired invitation.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="The input of `cancelInvitation`.")
class CancelInvitationInput:
    invitation_id: strawberry.ID = strawberry.field(description="An open invitation.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="The input of `acceptInvitation`.")
class AcceptInvitationInput:
    token: str = strawberry.field(description="The token in the link of the newest mail.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="The input of `declineInvitation`.")
class DeclineInvitationInput:
    token: str = strawberry.field(description="The token in the link of the newest mail.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type(description="The answer of `inviteMember`.")
class InviteMemberPayload:
    invitation: Invitation | None = invitation_field()
    organization: Organization | None = organization_field()
    errors: list[InviteMemberError] | None = errors_field()


@strawberry.type(description="The answer of `resendInvitation`.")
class ResendInvitationPayload:
    invitation: Invitation | None = invitation_field()
    organization: Organization | None = organization_field()
    errors: list[ResendInvitationError] | None = errors_field()


@strawberry.type(description="The answer of `cancelInvitation`.")
class CancelInvitationPayload:
    invitation: Invitation | None = invitation_field()
    organization: Organization | None = organization_field()
    errors: list[CancelInvitationError] | None = errors_field()


@strawberry.type(description="The answer of `acceptInvitation`.")
class AcceptInvitationPayload:
    member: Member | None = member_field()
    organization: Organization | None = organization_field()
    errors: list[AcceptInvitationError] | None = errors_field()


@strawberry.type(description="The answer of `declineInvitation`.")
class DeclineInvitationPayload:
    invitation: Invitation | None = invitation_field()
    errors: list[DeclineInvitationError] | None = errors_field()


async def _invite(info: Info, input: InviteMemberInput) -> Done:  # noqa: A002 # the contract's name
    organization_id = input_key("organizationId", "Organization", input.organization_id)
    key = await invitations.invite(
        info.context,
        organization_id,
        email=input.email,
        role=input.role,
        idempotency_key=input.idempotency_key,
    )
    return Done(invitation=key, organization_id=organization_id)


async def _resend(info: Info, input: ResendInvitationInput) -> Done:  # noqa: A002 # the contract's name
    key = input_key("invitationId", "Invitation", input.invitation_id)
    await invitations.resend(info.context, key, idempotency_key=input.idempotency_key)
    return Done(invitation=key, organization_id=key.organization_id)


async def _cancel(info: Info, input: CancelInvitationInput) -> Done:  # noqa: A002 # the contract's name
    key = input_key("invitationId", "Invitation", input.invitation_id)
    await invitations.cancel(info.context, key, idempotency_key=input.idempotency_key)
    return Done(invitation=key, organization_id=key.organization_id)


async def _accept(info: Info, input: AcceptInvitationInput) -> Done:  # noqa: A002 # the contract's name
    key = await invitations.accept(info.context, input.token, idempotency_key=input.idempotency_key)
    return Done(member=key, organization_id=key.organization_id)


async def _decline(info: Info, input: DeclineInvitationInput) -> Done:  # noqa: A002 # the contract's name
    key = await invitations.decline(
        info.context, input.token, idempotency_key=input.idempotency_key
    )
    return Done(invitation=key)


@strawberry.type
class InvitationMutations:
    """Mixed into the root."""

    invite_member: InviteMemberPayload = mutation(
        _invite,
        limited=LimitedAction.SEND,
        description="Invite somebody by e-mail, which keeps a seat for them. For owner and admin.",
    )
    resend_invitation: ResendInvitationPayload = mutation(
        _resend,
        limited=LimitedAction.SEND,
        description="Send an invitation again, with a new link and expiry; the old link dies. For"
        " owner and admin.",
    )
    cancel_invitation: CancelInvitationPayload = mutation(
        _cancel,
        description="Take an invitation back; its seat is free at once. For owner and admin.",
    )
    accept_invitation: AcceptInvitationPayload = mutation(
        _accept,
        description="Join an organization. For the person whose verified address was invited.",
    )
    decline_invitation: DeclineInvitationPayload = mutation(
        _decline,
        description="Do not join; the seat is free at once. For the person whose verified address"
        " was invited.",
    )
