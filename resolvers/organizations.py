"""Organizations: who may ask, and through which loader or service."""

from uuid import UUID

from execution.selection import Selection
from resolvers.context import Context
from services.organizations import OrganizationChanges
from services.pages import Page, PageRequest
from services.views import MemberView, OrganizationView


async def get(
    context: Context, organization_id: UUID, *, selection: Selection
) -> OrganizationView | None:
    """The organization, if the viewer belongs to it (P2)."""
    _ = context.user
    return await context.loaders.organization.load((organization_id, selection))


async def get_by_name(
    context: Context, name: str, *, selection: Selection
) -> OrganizationView | None:
    """The organization of this name, if the viewer belongs to it (P2)."""
    return await context.services.organization_reads.get_by_name(
        name, viewer=context.user, selection=selection
    )


async def list_for_viewer(
    context: Context, request: PageRequest, *, selection: Selection
) -> Page[OrganizationView]:
    """The viewer's organizations."""
    return await context.services.organization_reads.list_for_viewer(
        request, viewer=context.user, selection=selection
    )


async def get_membership(context: Context, organization_id: UUID) -> MemberView | None:
    """The viewer's membership in an organization."""
    _ = context.user
    return await context.loaders.membership.load(organization_id)


async def create(
    context: Context, *, name: str, display_name: str, idempotency_key: str | None
) -> UUID:
    """Make an organization that the viewer owns."""
    return await context.services.organizations.create(
        viewer=context.user,
        actor=context.actor,
        name=name,
        display_name=display_name,
        idempotency_key=idempotency_key,
    )


async def update(context: Context, organization_id: UUID, *, wanted: OrganizationChanges) -> None:
    """Change an organization."""
    await context.services.organizations.update(
        organization_id,
        viewer=context.user,
        actor=context.actor,
        wanted=wanted,
    )


async def delete(context: Context, organization_id: UUID, *, name: str) -> None:
    """Delete an organization."""
    await context.services.organization_deletion.delete(
        organization_id, name=name, viewer=context.user, actor=context.actor
    )
