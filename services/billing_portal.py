"""The way to Stripe's billing portal."""

from datetime import timedelta
from uuid import UUID

from db import intents
from db.database import Database
from db.enums import IntentKind
from db.ids import new_id
from db.models import Intent
from services.actors import Actor
from services.deadlines import answering_in_time
from services.intents import IntentService
from services.organizations import lock_as_member
from services.permissions import OrganizationAction, require
from services.refusals import NoBillingAccount
from services.return_urls import ReturnURLs
from services.views import UserView


class BillingPortalService:
    """A portal session is short-lived: each call opens one (docs of Stripe)."""

    def __init__(
        self,
        database: Database,
        intent_service: IntentService,
        *,
        return_urls: ReturnURLs,
        deadline: timedelta,
    ) -> None:
        self._database = database
        self._intents = intent_service
        self._return_urls = return_urls
        self._deadline = deadline.total_seconds()

    async def open(
        self, organization_id: UUID, *, return_url: str | None, viewer: UserView, actor: Actor
    ) -> UUID:
        """Open the portal; the id of its billing session."""
        checked = self._return_urls.checked(return_url)
        async with answering_in_time(self._deadline):
            while True:
                intent, ours = await self._announce(
                    organization_id, return_url=checked, viewer=viewer, actor=actor
                )
                await self._intents.run(intent)
                if ours:
                    return intent.id

    async def _announce(
        self, organization_id: UUID, *, return_url: str, viewer: UserView, actor: Actor
    ) -> tuple[Intent, bool]:
        """Our intent; or one that somebody left open, which has to end before."""
        async with self._database.begin() as transaction:
            organization, membership = await lock_as_member(
                transaction, organization_id, viewer=viewer
            )
            require(OrganizationAction.OPEN_BILLING_PORTAL, membership)
            if organization.stripe_customer_id is None:
                raise NoBillingAccount
            kinds = (IntentKind.CREATE_PORTAL_SESSION,)
            left_open = await intents.get_open(transaction, organization_id, kinds=kinds)
            if left_open is not None:
                return left_open, False
            intent = self._intents.announce(
                transaction,
                organization_id,
                intent_id=new_id(),
                kind=IntentKind.CREATE_PORTAL_SESSION,
                parameters={
                    "customer_id": organization.stripe_customer_id,
                    "return_url": return_url,
                },
                actor=actor,
            )
            return intent, True
