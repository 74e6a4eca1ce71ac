"""Mutations of members: roles, leaving, locking out and letting in again, transferring."""

from typing import Annotated

import strawberry

from db.enums import MemberRole
from resolvers import people
from schema.change_errors import PaymentRequiredError
from schema.errors import (
    InvalidInputError,
    MemberDeactivatedError,
    NotPermittedError,
    OrganizationNotFoundError,
)
from schema.info import Info
from schema.members import Member
from schema.node import input_key
from schema.organizations import Organization
from schema.payloads import (
    Done,
    errors_field,
    gone_field,
    member_field,
    mutation,
    organization_field,
    seat_usage_field,
)
from schema.people_errors import (
    ActingOnYourselfError,
    MemberNotActiveError,
    MemberNotFoundError,
    OwnerProtectedError,
    SeatLimitReachedError,
)
from schema.seats import SeatUsage
from services.global_ids import encode

ChangeMemberRoleError = Annotated[
    InvalidInputError
    | OrganizationNotFoundError
    | NotPermittedError
    | MemberDeactivatedError
    | MemberNotFoundError
    | ActingOnYourselfError
    | OwnerProtectedError,
    strawberry.union("ChangeMemberRoleError", description="Why the role stayed."),
]
RemoveMemberError = Annotated[
    InvalidInputError
    | OrganizationNotFoundError
    | NotPermittedError
    | MemberDeactivatedError
    | MemberNotFoundError
    | ActingOnYourselfError
    | OwnerProtectedError,
    strawberry.union("RemoveMemberError", description="Why nobody was removed."),
]
DeactivateMemberError = Annotated[
    InvalidInputError
    | OrganizationNotFoundError
    | NotPermittedError
    | MemberDeactivatedError
    | MemberNotFoundError
    | ActingOnYourselfError
    | OwnerProtectedError,
    strawberry.union("DeactivateMemberError", description="Why nobody was locked out."),
]
ReactivateMemberError = Annotated[
    InvalidInputError
    | OrganizationNotFoundError
    | NotPermittedError
    | MemberDeactivatedError
    | MemberNotFoundError
    | ActingOnYourselfError
    | OwnerProtectedError
    | SeatLimitReachedError
    | PaymentRequiredError,
    strawberry.union("ReactivateMemberError", description="Why nobody was let in again."),
]
LeaveOrganizationError = Annotated[
    InvalidInputError | OrganizationNotFoundError | MemberDeactivatedError | OwnerProtectedError,
    strawberry.union("LeaveOrganizationError", description="Why the viewer is still there."),
]
TransferOwnershipError = Annotated[
    InvalidInputError
    | OrganizationNotFoundError
    | NotPermittedError
    | MemberDeactivatedError
    | MemberNotFoundError
    | MemberNotActiveError
    | ActingOnYourselfError,
    strawberry.union("TransferOwnershipError", description="Why the owner stayed."),
]


@strawberry.input(description="The input of `changeMemberRole`.")
class ChangeMemberRoleInput:
    member_id: strawberry.ID = strawberry.field(description="The member.")
    role: MemberRole = strawberry.field(
        description="`ADMIN` or `COLLABORATOR`; ownership is transferred instead."
    )


@strawberry.input(description="The input of `removeMember`.")
class RemoveMemberInput:
    member_id: strawberry.ID = strawberry.field(description="The member.")


@strawberry.input(description="The input of `deactivateMember`.")
class DeactivateMemberInput:
    member_id: strawberry.ID = strawberry.field(description="The member.")


@strawberry.input(description="The input of `reactivateMember`.")
class ReactivateMemberInput:
    member_id: strawberry.ID = strawberry.field(description="The member.")


@strawberry.input(description="The input of `leaveOrganization`.")
class LeaveOrganizationInput:
    organization_id: strawberry.ID = strawberry.field(description="The organization.")


@strawberry.input(description="The input of `transferOwnership`.")
class TransferOwnershipInput:
    member_id: strawberry.ID = strawberry.field(description="The active member to be the owner.")


@strawberry.type(description="The answer of `changeMemberRole`.")
class ChangeMemberRolePayload:
    member: Member | None = member_field()
    organization: Organization | None = organization_field()
    errors: list[ChangeMemberRoleError] | None = errors_field()


@strawberry.type(description="The answer of `removeMember`.")
class RemoveMemberPayload:
    removed_member_id: strawberry.ID | None = gone_field(description="Who was removed.")
    seat_usage: SeatUsage | None = seat_usage_field()
    organization: Organization | None = organization_field()
    errors: list[RemoveMemberError] | None = errors_field()


@strawberry.type(description="The answer of `deactivateMember`.")
class DeactivateMemberPayload:
    member: Member | None = member_field()
    seat_usage: SeatUsage | None = seat_usage_field()
    organization: Organization | None = organization_field()
    errors: list[DeactivateMemberError] | None = errors_field()


@strawberry.type(description="The answer of `reactivateMember`.")
class ReactivateMemberPayload:
    member: Member | None = member_field()
    seat_usage: SeatUsage | None = seat_usage_field()
    organization: Organization | None = organization_field()
    errors: list[ReactivateMemberError] | None = errors_field()


@strawberry.type(description="The answer of `leaveOrganization`.")
class LeaveOrganizationPayload:
    left_organization_id: strawberry.ID | None = gone_field(
        description="The organization that the viewer no longer belongs to."
    )
    errors: list[LeaveOrganizationError] | None = errors_field()


@strawberry.type(description="The answer of `transferOwnership`.")
class TransferOwnershipPayload:
    member: Member | None = member_field()
    organization: Organization | None = organization_field()
    errors: list[TransferOwnershipError] | None = errors_field()


async def _change_role(info: Info, input: ChangeMemberRoleInput) -> Done:  # noqa: A002 # the contract's name
    key = input_key("memberId", "Member", input.member_id)
    await people.change_role(info.context, key, input.role)
    return Done(member=key, organization_id=key.organization_id)


async def _remove(info: Info, input: RemoveMemberInput) -> Done:  # noqa: A002 # the contract's name
    key = input_key("memberId", "Member", input.member_id)
    await people.remove(info.context, key)
    gone = strawberry.ID(encode("Member", key.organization_id, key.id))
    return Done(organization_id=key.organization_id, gone_id=gone)


async def _deactivate(info: Info, input: DeactivateMemberInput) -> Done:  # noqa: A002 # the contract's name
    key = input_key("memberId", "Member", input.member_id)
    await people.deactivate(info.context, key)
    return Done(member=key, organization_id=key.organization_id)


async def _reactivate(info: Info, input: ReactivateMemberInput) -> Done:  # noqa: A002 # the contract's name
    key = input_key("memberId", "Member", input.member_id)
    await people.reactivate(info.context, key)
    return Done(member=key, organization_id=key.organization_id)


async def _leave(info: Info, input: LeaveOrganizationInput) -> Done:  # noqa: A002 # the contract's name
    organization_id = input_key("organizationId", "Organization", input.organization_id)
    await people.leave(info.context, organization_id)
    return Done(gone_id=input.organization_id)


async def _transfer(info: Info, input: TransferOwnershipInput) -> Done:  # noqa: A002 # the contract's name
    key = input_key("memberId", "Member", input.member_id)
    await people.transfer_ownership(info.context, key)
    return Done(member=key, organization_id=key.organization_id)


@strawberry.type
class MemberMutations:
    """Mixed into the root."""

    change_member_role: ChangeMemberRolePayload = mutation(
        _change_role,
        description="Give a member another role. Only the owner decides who is an admin.",
    )
    remove_member: RemoveMemberPayload = mutation(
        _remove,
        description="End a membership; the seat is free at once. What is paid stays as it is:"
        " `organization { subscription { nextPayment } }` says how much, and when. For owner and"
        " admin; only the owner removes admins.",
    )
    deactivate_member: DeactivateMemberPayload = mutation(
        _deactivate,
        description="Lock a member out; the seat is free at once. For owner and admin; only the"
        " owner deactivates admins.",
    )
    reactivate_member: ReactivateMemberPayload = mutation(
        _reactivate,
        description="Let a deactivated member in again, if there is a seat. For owner and admin.",
    )
    leave_organization: LeaveOrganizationPayload = mutation(
        _leave,
        description="End the viewer's own membership. The owner transfers the organization first.",
    )
    transfer_ownership: TransferOwnershipPayload = mutation(
        _transfer,
        description="Make an active member the owner; the owner until now becomes an admin. The"
        " billing address stays. For the owner.",
    )
