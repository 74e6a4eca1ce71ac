"""Invitations: who may ask, and through which service or loader."""

from uuid import UUID

from db.enums import MemberRole
from resolvers.context import Context
from services.global_ids import TenantKey
from services.invitation_answers import InvitedPerson
from services.principals import UserPrincipal
from services.views import InvitationView


async def invite(
    context: Context,
    organization_id: UUID,
    *,
    email: str,
    role: MemberRole,
    idempotency_key: str | None,
) -> TenantKey:
    """Invite somebody; the key of the invitation."""
    return await context.services.invitations.invite(
        organization_id,
        email=email,
        role=role,
        viewer=context.user,
        actor=context.actor,
        idempotency_key=idempotency_key,
    )


async def resend(context: Context, key: TenantKey, *, idempotency_key: str | None) -> None:
    """Send an invitation again."""
    await context.services.invitations.resend(
        key, viewer=context.user, actor=context.actor, idempotency_key=idempotency_key
    )


async def cancel(context: Context, key: TenantKey, *, idempotency_key: str | None) -> None:
    """Take an invitation back."""
    await context.services.invitations.cancel(
        key, viewer=context.user, actor=context.actor, idempotency_key=idempotency_key
    )


async def accept(context: Context, token: str, *, idempotency_key: str | None) -> TenantKey:
    """Join; the key of the member."""
    return await context.services.invitation_answers.accept(
        token, person=_invited_person(context), idempotency_key=idempotency_key
    )


async def decline(context: Context, token: str, *, idempotency_key: str | None) -> TenantKey:
    """Do not join; the key of the invitation."""
    return await context.services.invitation_answers.decline(
        token, person=_invited_person(context), idempotency_key=idempotency_key
    )


async def get(context: Context, key: TenantKey) -> InvitationView | None:
    """An invitation that the caller just acted on."""
    return await context.loaders.invitation.load(key)


async def get_by_token(context: Context, token: str) -> InvitationView | None:
    """The invitation that a mail's token opens: whoever holds it may read it."""
    _ = context.user
    return await context.services.invitation_reads.get_by_token(token)


def _invited_person(context: Context) -> InvitedPerson:
    """The viewer, with the address that this request's token vouches for."""
    principal = context.principal
    verified_email = None
    if isinstance(principal, UserPrincipal) and principal.email_verified:
        verified_email = principal.email
    return InvitedPerson(viewer=context.user, actor=context.actor, verified_email=verified_email)
