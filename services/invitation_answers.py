"""Answering an invitation: by the token of its mail, and as the person it was sent to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from db import invitations, members, organizations
from db.database import Database, Transaction
from db.enums import InvitationStatus, MemberStatus, SeatEnding
from db.models import Invitation, Member
from services import audit
from services.actors import Actor
from services.addresses import folded
from services.catalogue import Catalogue
from services.clock import Clock
from services.global_ids import TenantKey, encode
from services.idempotency import IdempotentCall
from services.invitation_tokens import hash_of
from services.people_refusals import (
    AlreadyMember,
    EmailNotVerified,
    InvitationForAnotherAddress,
    InvitationNotFound,
    InvitationNotOpen,
)
from services.seat_ledger import SeatLedger
from services.views import UserView


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitedPerson:
    """Who answers. `verified_email` is None unless their token's issuer vouches for it (P1)."""

    viewer: UserView
    actor: Actor
    verified_email: str | None


@dataclass(frozen=True, slots=True)
class _Answering:
    """An invitation being answered, under its organization's lock."""

    transaction: Transaction
    invitation: Invitation
    ledger: SeatLedger
    now: datetime
    actor: Actor

    def close(self, status: InvitationStatus) -> None:
        """An invitation is answered once."""
        self.invitation.status, self.invitation.closed_at = status, self.now

    def record(
        self, action: str, target: Member | Invitation, *, after: dict[str, Any] | None = None
    ) -> None:
        """Write the answer down."""
        audit.record(
            self.transaction,
            self.invitation.organization_id,
            actor=self.actor,
            action=action,
            target=(type(target).__name__, target.id),
            at=self.now,
            after=after,
        )


class InvitationAnswerService:
    """Each method is one transaction."""

    def __init__(self, database: Database, clock: Clock, catalogue: Catalogue) -> None:
        self._database = database
        self._clock = clock
        self._catalogue = catalogue

    async def accept(
        self, token: str, *, person: InvitedPerson, idempotency_key: str | None = None
    ) -> TenantKey:
        """Join: the reservation becomes the new member's seat (S3). The key of the member."""
        call = _call(token, "acceptInvitation", person=person, idempotency_key=idempotency_key)
        async with self._answering(token, person=person) as answering:
            organization_id = answering.invitation.organization_id
            if answer := await call.answer(answering.transaction, now=answering.now):
                return TenantKey(organization_id, UUID(answer["memberId"]))
            _require_open(answering.invitation)
            await _refuse_member(answering, person)
            await answering.ledger.require_thawed()
            member = await _join(answering, person)
            answer = {"memberId": str(member.id)}
            await call.remember(answering.transaction, answer, now=answering.now)
            return TenantKey(organization_id, member.id)

    async def decline(
        self, token: str, *, person: InvitedPerson, idempotency_key: str | None = None
    ) -> TenantKey:
        """Do not join: the seat is free at once. The key of the invitation."""
        call = _call(token, "declineInvitation", person=person, idempotency_key=idempotency_key)
        async with self._answering(token, person=person) as answering:
            invitation = answering.invitation
            key = TenantKey(invitation.organization_id, invitation.id)
            if await call.answer(answering.transaction, now=answering.now):
                return key
            _require_open(invitation)
            answering.close(InvitationStatus.DECLINED)
            await answering.ledger.free_invitation(
                invitation, reason=SeatEnding.INVITATION_DECLINED
            )
            answering.record("invitation.declined", invitation)
            answering.transaction.announce(key.organization_id, "INVITATIONS", "SEATS")
            await call.remember(answering.transaction, {"done": True}, now=answering.now)
            return key

    @asynccontextmanager
    async def _answering(self, token: str, *, person: InvitedPerson) -> AsyncIterator[_Answering]:
        """The token's invitation, for the person it was sent to; commits at the end."""
        digest, snapshot = hash_of(token), await self._catalogue.snapshot()
        async with self._database.begin() as transaction:
            organization_id = await invitations.find_organization(transaction, token_hash=digest)
            organization = organization_id and await organizations.lock(
                transaction, organization_id
            )
            if not organization or organization.deleted_at:
                raise InvitationNotFound
            now = self._clock.now()
            ledger = await SeatLedger.open(transaction, organization.id, snapshot=snapshot, now=now)
            invitation = await invitations.get_by_token(
                transaction, organization.id, token_hash=digest
            )
            if invitation is None:  # sent again while we waited for the lock
                raise InvitationNotFound
            _require_addressee(invitation, person)
            yield _Answering(transaction, invitation, ledger, now, person.actor)


async def _join(answering: _Answering, person: InvitedPerson) -> Member:
    invitation = answering.invitation
    member = Member(
        organization_id=invitation.organization_id,
        user_id=person.viewer.id,
        role=invitation.role,
        status=MemberStatus.ACTIVE,
        joined_at=answering.now,
    )
    answering.transaction.session.add(member)
    await answering.transaction.session.flush()
    await answering.ledger.accept(invitation, member)
    answering.close(InvitationStatus.ACCEPTED)
    offer = encode("Invitation", member.organization_id, invitation.id)
    after = {"role": member.role, "invitationId": offer}
    answering.record("member.joined", member, after=after)
    answering.transaction.announce(member.organization_id, "MEMBERS", "INVITATIONS", "SEATS")
    return member


def _require_open(invitation: Invitation) -> None:
    if invitation.status is not InvitationStatus.PENDING:
        raise InvitationNotOpen(invitation.status)


def _require_addressee(invitation: Invitation, person: InvitedPerson) -> None:
    if person.verified_email is None:
        raise EmailNotVerified
    if folded(person.verified_email) != invitation.email_key:
        raise InvitationForAnotherAddress(invitation.email)


async def _refuse_member(answering: _Answering, person: InvitedPerson) -> None:
    organization_id = answering.invitation.organization_id
    member = await members.get_of_user(answering.transaction, organization_id, person.viewer.id)
    if member is not None:
        raise AlreadyMember(TenantKey(organization_id, member.id))


def _call(
    token: str, mutation: str, *, person: InvitedPerson, idempotency_key: str | None
) -> IdempotentCall:
    return IdempotentCall(idempotency_key, person.viewer.id, None, mutation, {"token": token})
