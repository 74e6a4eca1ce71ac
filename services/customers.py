"""Stripe's customer follows the organization: its name and billing address, never a person's."""

from typing import Any
from uuid import UUID

import structlog

from db import intents, organizations
from db.database import Database
from db.enums import IntentKind
from db.ids import new_id
from db.models import Intent, Organization
from services.actors import SYSTEM
from services.intents import IntentService
from services.stripe_gateway import StripeRefusedError

log = structlog.get_logger(__name__)


class CustomerService:
    """Brings the customer in line; a job, since Stripe may be down when a name is changed."""

    def __init__(self, database: Database, intent_service: IntentService) -> None:
        self._database = database
        self._intents = intent_service

    async def push(self, organization_id: UUID) -> None:
        """Send name and address as they stand now. Raises `BillingUnavailable` to be retried.

        A refusal is told once and ends it: the same would be refused again. The next change of name
        or address is sent anew; that the customer was deleted is found by `sync`.
        """
        is_current = False
        while not is_current:
            intent, is_current = await self._announce(organization_id)
            if intent is None:
                return
            try:
                await self._intents.run(intent)
            except StripeRefusedError as error:
                log.warning("customer.push_refused", organization_id=organization_id, **error.facts)

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
