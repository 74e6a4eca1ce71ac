"""Stripe's customer follows the organization: its name and billing address, never a person's."""

from typing import Any
from uuid import UUID

from db import intents, organizations
from db.database import Database
from db.enums import IntentKind
from db.ids import new_id
from db.models import Intent, Organization
from services.actors import SYSTEM
from services.intents import IntentService


class CustomerService:
    """Brings the customer in line; a job, since Stripe may be down when a name is changed."""

    def __init__(self, database: Database, intent_service: IntentService) -> None:
        self._database = database
        self._intents = intent_service

    async def push(self, organization_id: UUID) -> None:
        """Send name and address as they stand now. Raises `BillingUnavailable` to be retried."""
        while True:
            intent, is_current = await self._announce(organization_id)
            if intent is None:
                return
            await self._intents.run(intent)
            if is_current:
                return

    async def _announce(self, organization_id: UUID) -> tuple[Intent | None, bool]:
        """The intent to run; false when it is an older one that has to end before ours."""
        async with self._database.begin() as transaction:
            organization = await organizations.lock(transaction, organization_id)
            if organization is None or organization.stripe_customer_id is None:
                return None, True
            parameters = _parameters(organization)
            kinds = (IntentKind.UPDATE_CUSTOMER,)
            left_open = await intents.get_open(transaction, organization_id, kinds=kinds)
            if left_open is not None:
                return left_open, left_open.parameters == parameters
            intent = self._intents.announce(
                transaction,
                organization_id,
                intent_id=new_id(),
                kind=IntentKind.UPDATE_CUSTOMER,
                parameters=parameters,
                actor=SYSTEM,
            )
            return intent, True


def _parameters(organization: Organization) -> dict[str, Any]:
    return {
        "customer_id": organization.stripe_customer_id,
        "name": organization.display_name,
        "email": organization.billing_email,
    }
