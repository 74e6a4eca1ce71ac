"""Inviting: sending an invitation, sending it again, taking it back."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from db import invitations, members
from db.enums import InvitationStatus, MemberRole, SeatBeginning, SeatEnding
from db.ids import new_id
from db.models import Invitation
from services.acting import Acting, Acts
from services.actors import Actor
from services.addresses import checked_address, folded
from services.global_ids import TenantKey
from services.idempotency import IdempotentCall
from services.invitation_sending import InvitationSending
from services.invitation_tokens import hash_of, new_token
from services.people_refusals import (
    AlreadyInvited,
    AlreadyMember,
    InvitationNotFound,
    InvitationNotOpen,
)
from services.permissions import OrganizationAction, require_target
from services.refusals import InvalidInput
from services.seat_ledger import SeatLedger
from services.views import UserView


class InvitationService:
    """What a team does about its invitations. Each method is one transaction."""

    def __init__(self, acts: Acts, sending: InvitationSending, *, lifetime: timedelta) -> None:
        self._acts = acts
        self._sending = sending
        self._lifetime = lifetime

    async def invite(
        self,
        organization_id: UUID,
        *,
        email: str,
        role: MemberRole,
        viewer: UserView,
        actor: Actor,
        idempotency_key: str | None = None,
    ) -> TenantKey:
        """Send an invitation, which reserves a seat until it is answered or expires."""
        address = checked_address("email", email)
        if role is MemberRole.OWNER:
            raise InvalidInput("role", "nobody is invited as owner; ownership is transferred")
        given = {"email": address, "role": role}
        call = IdempotentCall(idempotency_key, viewer.id, organization_id, "inviteMember", given)
        action = OrganizationAction.INVITE_MEMBER
        async with self._acts.begin(organization_id, action, viewer=viewer, actor=actor) as acting:
            require_target(acting.member, role)
            if answer := await call.answer(acting.transaction, now=acting.now):
                return TenantKey(organization_id, UUID(answer["invitationId"]))
            ledger = await acting.open_ledger()
            await _refuse_known(acting, address)
            await ledger.require_seat()
            invitation = await self._send_new(acting, ledger, address=address, role=role)
            answer = {"invitationId": str(invitation.id)}
            await call.remember(acting.transaction, answer, now=acting.now)
            return TenantKey(organization_id, invitation.id)

    async def resend(
        self, key: TenantKey, *, viewer: UserView, actor: Actor, idempotency_key: str | None = None
    ) -> None:
        """Send an open or expired invitation again, with a new token and a new expiry.

        The old token dies. An open one keeps its seat; an expired one needs a seat again.
        """
        call = _call(key, "resendInvitation", viewer=viewer, idempotency_key=idempotency_key)
        action = OrganizationAction.RESEND_INVITATION
        async with self._acts.begin(
            key.organization_id, action, viewer=viewer, actor=actor
        ) as acting:
            if await call.answer(acting.transaction, now=acting.now):
                return
            ledger = await acting.open_ledger()
            invitation = await _get(acting, key)
            if invitation.status not in {InvitationStatus.PENDING, InvitationStatus.EXPIRED}:
                raise InvitationNotOpen(invitation.status)
            await self._send_again(acting, ledger, invitation)
            await call.remember(acting.transaction, {"done": True}, now=acting.now)

    async def cancel(
        self, key: TenantKey, *, viewer: UserView, actor: Actor, idempotency_key: str | None = None
    ) -> None:
        """Take an open invitation back; its seat is free at once."""
        call = _call(key, "cancelInvitation", viewer=viewer, idempotency_key=idempotency_key)
        action = OrganizationAction.CANCEL_INVITATION
        async with self._acts.begin(
            key.organization_id, action, viewer=viewer, actor=actor
        ) as acting:
            if await call.answer(acting.transaction, now=acting.now):
                return
            ledger = await acting.open_ledger()
            invitation = await _get(acting, key)
            if invitation.status is not InvitationStatus.PENDING:
                raise InvitationNotOpen(invitation.status)
            invitation.status = InvitationStatus.CANCELLED
            invitation.closed_at = acting.now
            await ledger.free_invitation(invitation, reason=SeatEnding.INVITATION_CANCELLED)
            acting.record("invitation.cancelled", invitation, before=_summary(invitation))
            acting.announce("INVITATIONS", "SEATS")
            await call.remember(acting.transaction, {"done": True}, now=acting.now)

    async def _send_new(
        self, acting: Acting, ledger: SeatLedger, *, address: str, role: MemberRole
    ) -> Invitation:
        token = new_token()
        invitation = Invitation(
            organization_id=acting.organization.id,
            id=new_id(),
            email=address,
            email_key=folded(address),
            role=role,
            token_hash=hash_of(token),
            status=InvitationStatus.PENDING,
            invited_by=acting.member.id,
            created_at=acting.now,
            sent_at=acting.now,
            expires_at=acting.now + self._lifetime,
        )
        acting.transaction.session.add(invitation)
        await acting.transaction.session.flush()
        await ledger.reserve(invitation, reason=SeatBeginning.INVITATION_SENT)
        await self._sending.send(acting, invitation, token=token)
        acting.record("invitation.sent", invitation, after=_summary(invitation))
        acting.announce("INVITATIONS", "SEATS")
        return invitation

    async def _send_again(self, acting: Acting, ledger: SeatLedger, invitation: Invitation) -> None:
        await ledger.require_thawed()
        before, token = _summary(invitation), new_token()
        if invitation.status is InvitationStatus.EXPIRED:
            await _refuse_known(acting, invitation.email)
        invitation.token_hash = hash_of(token)
        invitation.sent_at, invitation.delivery_failure = acting.now, None
        invitation.expires_at = acting.now + self._lifetime
        if not await ledger.prolong(invitation):
            await ledger.require_seat()
            invitation.status, invitation.closed_at = InvitationStatus.PENDING, None
            await ledger.reserve(invitation, reason=SeatBeginning.INVITATION_RESENT)
        await self._sending.send(acting, invitation, token=token)
        acting.record("invitation.resent", invitation, before=before, after=_summary(invitation))
        acting.announce("INVITATIONS", "SEATS")


async def _get(acting: Acting, key: TenantKey) -> Invitation:
    """The invitation, if the viewer may act on whom it is for."""
    invitation = await invitations.get(acting.transaction, key.organization_id, key.id)
    if invitation is None:
        raise InvitationNotFound
    require_target(acting.member, invitation.role)
    return invitation


async def _refuse_known(acting: Acting, address: str) -> None:
    organization_id, email_key = acting.organization.id, folded(address)
    member = await members.get_by_email(acting.transaction, organization_id, email_key=email_key)
    if member is not None:
        raise AlreadyMember(TenantKey(organization_id, member.id))
    pending = await invitations.get_pending(
        acting.transaction, organization_id, email_key=email_key
    )
    if pending is not None:
        raise AlreadyInvited(TenantKey(organization_id, pending.id))


def _call(
    key: TenantKey, mutation: str, *, viewer: UserView, idempotency_key: str | None
) -> IdempotentCall:
    given = {"invitationId": str(key.id)}
    return IdempotentCall(idempotency_key, viewer.id, key.organization_id, mutation, given)


def _summary(invitation: Invitation) -> dict[str, Any]:
    """What the audit log keeps of an invitation."""
    return {
        "email": invitation.email,
        "role": invitation.role,
        "expiresAt": invitation.expires_at,
    }
