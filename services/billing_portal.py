"""The way to Stripe's billing portal."""

from datetime import timedelta
from enum import auto
from typing import Any
from uuid import UUID

from db import catalogue, intents, subscriptions
from db.database import Database, Transaction
from db.enums import DEAD, IntentKind, Word
from db.ids import new_id
from db.models import Intent, Subscription
from services import audit
from services.actors import Actor
from services.change_refusals import CancellationScheduled, NotSubscribed, PendingChangeInTheWay
from services.deadlines import answering_in_time
from services.intents import IntentService
from services.organizations import lock_as_member
from services.permissions import OrganizationAction, require
from services.refusals import NoBillingAccount
from services.return_urls import ReturnURLs
from services.stripe_gateway import StripeRefusedError
from services.sync import SyncService
from services.views import UserView


class PortalFlow(Word):
    """What somebody wants to do in the portal."""

    HOME = auto()
    UPDATE_PAYMENT_METHOD = auto()
    CANCEL = auto()
    INVOICES = auto()


STRIPE_FLOWS = {
    PortalFlow.UPDATE_PAYMENT_METHOD: "payment_method_update",
    PortalFlow.CANCEL: "subscription_cancel",
}
"""Stripe's names; the others are its home page, which lists the invoices."""


class BillingPortalService:
    """A portal session is short-lived: each call opens one (docs of Stripe)."""

    def __init__(
        self,
        database: Database,
        intent_service: IntentService,
        sync_service: SyncService,
        *,
        return_urls: ReturnURLs,
        deadline: timedelta,
    ) -> None:
        self._database = database
        self._intents = intent_service
        self._sync = sync_service
        self._return_urls = return_urls
        self._deadline = deadline.total_seconds()

    async def open(
        self,
        organization_id: UUID,
        *,
        flow: PortalFlow = PortalFlow.HOME,
        return_url: str | None,
        viewer: UserView,
        actor: Actor,
    ) -> UUID:
        """Open the portal; the id of its billing session."""
        checked = self._return_urls.checked(return_url)
        refused = False
        async with answering_in_time(self._deadline):
            while True:
                intent, ours = await self._announce(
                    organization_id, flow=flow, return_url=checked, viewer=viewer, actor=actor
                )
                try:
                    await self._intents.run(intent)
                except StripeRefusedError:
                    # The customer or the subscription may just be gone: what Stripe says decides.
                    if refused and ours:
                        raise
                    refused = True
                    await self._sync.sync(organization_id)
                    continue
                if ours:
                    return intent.id

    async def _announce(
        self,
        organization_id: UUID,
        *,
        flow: PortalFlow,
        return_url: str,
        viewer: UserView,
        actor: Actor,
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
            parameters = {
                "customer_id": organization.stripe_customer_id,
                "return_url": return_url,
                "configuration_id": await catalogue.get_portal_configuration(transaction),
                **await _flow_parameters(transaction, organization_id, flow),
            }
            intent = self._intents.announce(
                transaction,
                organization_id,
                intent_id=new_id(),
                kind=IntentKind.CREATE_PORTAL_SESSION,
                parameters=parameters,
                actor=actor,
            )
            audit.record(
                transaction,
                organization_id,
                actor=actor,
                action="portal.opened",
                target=("BillingSession", intent.id),
                at=intent.created_at,
                after={"flow": flow},
            )
            return intent, True


async def _flow_parameters(
    transaction: Transaction, organization_id: UUID, flow: PortalFlow
) -> dict[str, Any]:
    if flow is not PortalFlow.CANCEL:
        return {"flow": STRIPE_FLOWS.get(flow)}
    row = await subscriptions.get_current(transaction, organization_id)
    subscription_id = _to_cancel(row).stripe_subscription_id
    return {"flow": STRIPE_FLOWS[flow], "subscription_id": subscription_id}


def _to_cancel(row: Subscription | None) -> Subscription:
    """What the portal can cancel, or the refusal."""
    if row is None or row.status in DEAD:
        raise NotSubscribed
    if row.ends_at is not None:
        raise CancellationScheduled(row.ends_at)
    if row.stripe_schedule_id is not None:
        raise PendingChangeInTheWay
    return row
