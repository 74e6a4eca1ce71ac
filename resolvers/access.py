"""Access: who may ask, and through which loader or service."""

from collections.abc import Sequence

from db.enums import MemberStatus
from resolvers.context import Context, UnauthenticatedError
from resolvers.permissions import ForbiddenError
from services.access import (
    AccessCheck,
    AccessDecision,
    AccessView,
    DeactivatedMemberView,
    with_ways_back,
)
from services.members import MemberListRequest
from services.pages import Page, PageRequest
from services.principals import ACCESS_READ, ServicePrincipal


async def list_deactivated(
    context: Context, view: AccessView, page: PageRequest
) -> Page[DeactivatedMemberView]:
    """Members who are locked out. Who sees the access of an organization sees its members."""
    request = MemberListRequest(page, status=MemberStatus.DEACTIVATED)
    members = await context.loaders.members.load((view.organization_id, request))
    return with_ways_back(view, members)


async def decide(context: Context, checks: Sequence[AccessCheck]) -> list[AccessDecision]:
    """For service tokens with the scope; their issuer is also that of the people asked about."""
    principal = context.principal
    if principal is None:
        raise UnauthenticatedError
    if not isinstance(principal, ServicePrincipal) or ACCESS_READ not in principal.scopes:
        raise ForbiddenError(f"This needs a service token with the scope {ACCESS_READ}.")
    return await context.services.access.decide(checks, issuer=principal.issuer)
