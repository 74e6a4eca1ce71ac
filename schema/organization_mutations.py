"""Mutations of organizations."""

from typing import Annotated

import strawberry

from resolvers import organizations
from schema.errors import (
    BillingUnavailableError,
    IdempotencyKeyReusedError,
    InvalidInputError,
    MemberDeactivatedError,
    NotPermittedError,
    OrganizationNameTakenError,
    OrganizationNotFoundError,
    RateLimitedError,
)
from schema.info import Info
from schema.node import input_key
from schema.organizations import Organization
from schema.payloads import Done, errors_field, gone_field, mutation, organization_field
from services.limited_actions import LimitedAction
from services.organizations import OrganizationChanges

CreateOrganizationError = Annotated[
    InvalidInputError | OrganizationNameTakenError | IdempotencyKeyReusedError | RateLimitedError,
    strawberry.union("CreateOrganizationError", description="Why none was made."),
]
UpdateOrganizationError = Annotated[
    InvalidInputError | OrganizationNotFoundError | NotPermittedError | MemberDeactivatedError,
    strawberry.union("UpdateOrganizationError", description="Why nothing was changed."),
]

DeleteOrganizationError = Annotated[
    InvalidInputError
    | OrganizationNotFoundError
    | NotPermittedError
    | MemberDeactivatedError
    | BillingUnavailableError
    | RateLimitedError,
    strawberry.union("DeleteOrganizationError", description="Why it is still there."),
]


@strawberry.input(description="The input of `createOrganization`.")
class CreateOrganizationInput:
    name: str = strawberry.field(
        description="1 to 63 lower-case letters, digits, hyphens or underscores; unique."
    )
    display_name: str = strawberry.field(description="The name for people: 1 to 200 characters.")
    idempotency_key: str | None = strawberry.field(
        default=None, description="The same key and input within 24 h give the same answer."
    )


@strawberry.input(description="The input of `updateOrganization`: what is left out stays.")
class UpdateOrganizationInput:
    organization_id: strawberry.ID = strawberry.field(description="The organization.")
    display_name: str | None = strawberry.field(
        default=None, description="The name for people: 1 to 200 characters."
    )
    billing_email: strawberry.Maybe[str | None] = strawberry.field(
        description="Where invoices go; Stripe is told. Null: Stripe sends them to nobody."
    )


@strawberry.input(description="The input of `deleteOrganization`.")
class DeleteOrganizationInput:
    organization_id: strawberry.ID = strawberry.field(description="The organization.")
    name: str = strawberry.field(
        description="Its unique name, typed, so that nobody deletes another by mistake."
    )


@strawberry.type(description="The answer of `createOrganization`.")
class CreateOrganizationPayload:
    organization: Organization | None = organization_field()
    errors: list[CreateOrganizationError] | None = errors_field()


@strawberry.type(description="The answer of `updateOrganization`.")
class UpdateOrganizationPayload:
    organization: Organization | None = organization_field()
    errors: list[UpdateOrganizationError] | None = errors_field()


@strawberry.type(description="The answer of `deleteOrganization`.")
class DeleteOrganizationPayload:
    deleted_organization_id: strawberry.ID | None = gone_field(description="What was deleted.")
    errors: list[DeleteOrganizationError] | None = errors_field()


async def _create(info: Info, input: CreateOrganizationInput) -> Done:  # noqa: A002 # the contract's name
    organization_id = await organizations.create(
        info.context,
        name=input.name,
        display_name=input.display_name,
        idempotency_key=input.idempotency_key,
    )
    return Done(organization_id=organization_id)


async def _update(info: Info, input: UpdateOrganizationInput) -> Done:  # noqa: A002 # the contract's name
    organization_id = input_key("organizationId", "Organization", input.organization_id)
    await organizations.update(info.context, organization_id, wanted=_changes(input))
    return Done(organization_id=organization_id)


def _changes(wanted: UpdateOrganizationInput) -> OrganizationChanges:
    changes: OrganizationChanges = {}
    if wanted.display_name is not None:
        changes["display_name"] = wanted.display_name
    if wanted.billing_email is not None:
        changes["billing_email"] = wanted.billing_email.value
    return changes


async def _delete(info: Info, input: DeleteOrganizationInput) -> Done:  # noqa: A002 # the contract's name
    organization_id = input_key("organizationId", "Organization", input.organization_id)
    await organizations.delete(info.context, organization_id, name=input.name)
    return Done(gone_id=input.organization_id)


@strawberry.type
class OrganizationMutations:
    """Mixed into the root."""

    create_organization: CreateOrganizationPayload = mutation(
        _create,
        limited=LimitedAction.CREATE,
        description="Make an organization on the free plan, owned by the viewer.",
    )
    update_organization: UpdateOrganizationPayload = mutation(
        _update, description="Change display name and billing address. For owner and admin."
    )
    delete_organization: DeleteOrganizationPayload = mutation(
        _delete,
        limited=LimitedAction.CHARGE,
        description="Delete an organization for good: its subscription ends at once and without"
        " refund, and with it every seat, invitation and membership. Its name stays taken. For the"
        " owner.",
    )
