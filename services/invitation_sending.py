"""Sending an invitation: the mail with its link, and how many of them an hour."""

from dataclasses import dataclass
from datetime import timedelta

from db import mails
from db.enums import MailKind, MemberRole
from db.models import Invitation
from services.acting import Acting
from services.clock import real_now
from services.mail import Outbox
from services.people_refusals import TooManyInvitations

WINDOW = timedelta(hours=1)

ROLE_WORDS = {MemberRole.ADMIN: "an admin", MemberRole.COLLABORATOR: "a collaborator"}


@dataclass(frozen=True, slots=True)
class InvitationSending:
    """What invitations are sent with. `per_hour` bounds the mails of one organization."""

    outbox: Outbox
    per_hour: int

    async def send(self, acting: Acting, invitation: Invitation, *, token: str) -> None:
        """Write the mail, whose token is good until the invitation's expiry.

        Raises `TooManyInvitations` when the hour's mails are used up.
        """
        await self._require_allowance(acting)
        await self.outbox.write(
            acting.transaction,
            acting.organization.id,
            kind=MailKind.INVITATION,
            cause=mails.cause_of_invitation(invitation.id, invitation.sent_at),
            recipient=invitation.email,
            values={
                "organization": acting.organization.display_name,
                "inviter": acting.viewer.name or acting.viewer.email or "Somebody",
                "role": ROLE_WORDS[invitation.role],
                "link": self.outbox.invitation_link(token),
                "expires_at": invitation.expires_at,
            },
        )

    async def _require_allowance(self, acting: Acting) -> None:
        now = real_now()
        sent, first = await mails.count_since(
            acting.transaction,
            acting.organization.id,
            kind=MailKind.INVITATION,
            since=now - WINDOW,
        )
        if first is not None and sent >= self.per_hour:
            wait = first + WINDOW - now
            raise TooManyInvitations(self.per_hour, max(1, round(wait.total_seconds())))
