"""Members: who may ask, and through which service or loader."""

from uuid import UUID

from db.enums import MemberRole
from resolvers.context import Context
from services.global_ids import TenantKey
from services.views import MemberView


async def change_role(context: Context, key: TenantKey, role: MemberRole) -> None:
    """Give a member another role."""
    await context.services.memberships.change_role(
        key, role, viewer=context.user, actor=context.actor
    )


async def remove(context: Context, key: TenantKey) -> None:
    """End a membership."""
    await context.services.memberships.remove(key, viewer=context.user, actor=context.actor)


async def deactivate(context: Context, key: TenantKey) -> None:
    """Lock a member out."""
    await context.services.memberships.deactivate(key, viewer=context.user, actor=context.actor)


async def reactivate(context: Context, key: TenantKey) -> None:
    """Let a member in again."""
    await context.services.memberships.reactivate(key, viewer=context.user, actor=context.actor)


async def leave(context: Context, organization_id: UUID) -> None:
    """End the viewer's own membership."""
    await context.services.memberships.leave(
        organization_id, viewer=context.user, actor=context.actor
    )


async def transfer_ownership(context: Context, key: TenantKey) -> None:
    """Make a member the owner."""
    await context.services.memberships.transfer_ownership(
        key, viewer=context.user, actor=context.actor
    )


async def get_member(context: Context, key: TenantKey) -> MemberView | None:
    """A member whom the caller just acted on."""
    return await context.loaders.member.load(key)
