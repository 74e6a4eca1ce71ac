"""Mails about a subscription: one per event and person, with the link that helps.

The transaction of the event enqueues a job, so the mails exist if, and only if, it commits; a job
that runs twice finds them written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from db import recipients
from db.database import Database, Transaction
from db.enums import MailKind, SubscriptionStatus
from db.models import Organization, Subscription
from db.recipients import Recipient
from services.mail import Outbox

FOR_MEMBERS = {
    MailKind.ORGANIZATION_DEACTIVATED: MailKind.MEMBERSHIP_DEACTIVATED,
    MailKind.ORGANIZATION_RESTORED: MailKind.MEMBERSHIP_RESTORED,
}
"""What those get who neither own nor administer the organization, if they are concerned."""


@dataclass(frozen=True, slots=True)
class Notice:
    """An event in the life of a subscription: what happened, and the moment that tells it apart."""

    organization_id: UUID
    kind: MailKind
    subscription_id: UUID
    at: datetime

    @property
    def payload(self) -> dict[str, str]:
        """The job's."""
        return {
            "organization_id": str(self.organization_id),
            "kind": self.kind,
            "subscription_id": str(self.subscription_id),
            "at": self.at.isoformat(),
        }

    @classmethod
    def of_payload(cls, payload: Mapping[str, str]) -> Self:
        """The notice of a job."""
        return cls(
            UUID(payload["organization_id"]),
            MailKind(payload["kind"]),
            UUID(payload["subscription_id"]),
            datetime.fromisoformat(payload["at"]),
        )

    @property
    def cause(self) -> str:
        """The same for every mail about this event: nobody gets two."""
        return f"{self.kind.lower()}:{self.subscription_id}:{self.at.isoformat()}"


class NoticeService:
    """Writes the mails of a notice into the outbox."""

    def __init__(self, database: Database, outbox: Outbox) -> None:
        self._database = database
        self._outbox = outbox

    async def write(self, notice: Notice) -> None:
        """Tell the owner and the admins; of coming and going the members concerned, too."""
        async with self._database.begin() as transaction:
            found = await recipients.get_occasion(
                transaction, notice.organization_id, notice.subscription_id
            )
            if found is None or _is_over(notice, *found):
                return
            managers = await recipients.list_managers(transaction, notice.organization_id)
            concerned = await recipients.list_concerned(
                transaction, notice.organization_id, kind=notice.kind, since=notice.at
            )
            values = self._values(*found, concerned=concerned)
            await self._write_each(transaction, notice, managers, values)
            known = {one.member_id for one in managers}
            others = [one for one in concerned if one.member_id not in known]
            await self._write_each(transaction, notice, others, values, for_members=True)

    async def _write_each(
        self,
        transaction: Transaction,
        notice: Notice,
        people: Sequence[Recipient],
        values: Mapping[str, Any],
        *,
        for_members: bool = False,
    ) -> None:
        kind = FOR_MEMBERS[notice.kind] if for_members and people else notice.kind
        for address in dict.fromkeys(one.email for one in people):
            await self._outbox.write(
                transaction,
                notice.organization_id,
                kind=kind,
                cause=notice.cause,
                recipient=address,
                values=values,
            )

    def _values(
        self, organization: Organization, row: Subscription, *, concerned: Sequence[Recipient]
    ) -> dict[str, Any]:
        """What the templates may name."""
        page = self._outbox.organization_link(organization.name)
        return {
            "organization": organization.display_name,
            "unpaid": row.status is SubscriptionStatus.UNPAID and row.pay_url is not None,
            "link": page,
            "pay_link": row.pay_url or page,
            "ended_at": row.ended_at,
            "deactivates_at": row.deactivates_at,
            "people": len(concerned),
        }


def _is_over(notice: Notice, organization: Organization, row: Subscription) -> bool:
    """Whether what the mail asks for was done before it could be written."""
    if organization.deleted_at is not None:
        return True
    if notice.kind is MailKind.PAYMENT_FAILED:
        return row.pay_url is None
    return notice.kind is not MailKind.ORGANIZATION_RESTORED and row.deactivates_at is None
