"""Webhooks as Stripe would send them, delivered to the inbox by hand."""

import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import stripe as sdk

from db.enums import StripeEventState
from db.models import Organization
from services.pages import PageRequest
from services.record_views import StripeEventView
from services.stripe_events import StripeEventListRequest
from services.stripe_gateway import API_VERSION
from tests.stack import WEBHOOK_SECRET, Stack

CHANGED = "customer.subscription.updated"


def event_of(
    customer: str | None,
    event_id: str = "evt_1",
    *,
    type: str = CHANGED,  # noqa: A002 # Stripe's name
    api_version: str | None = API_VERSION,
) -> dict[str, Any]:
    return {
        "id": event_id,
        "object": "event",
        "type": type,
        "api_version": api_version,
        "created": int(datetime.now(UTC).timestamp()),
        "data": {"object": {"id": "sub_1", "object": "subscription", "customer": customer}},
    }


async def deliver(stack: Stack, event: dict[str, Any], *, secret: str = WEBHOOK_SECRET) -> bool:
    """Whether it was new."""
    raw = orjson.dumps(event)
    signature = sdk.WebhookSignature.generate_signature_header(
        raw.decode(), secret, int(time.time())
    )
    return await stack.services.inbox.receive(raw, signature=signature)


async def customer_of(stack: Stack, organization: UUID) -> str:
    async with stack.services.database.begin() as transaction:
        found = await transaction.session.get(Organization, organization)
        assert found is not None
        assert found.stripe_customer_id is not None
        return found.stripe_customer_id


async def seen(stack: Stack, event_id: str = "evt_1") -> StripeEventView:
    found = await stack.services.stripe_events.get(event_id)
    assert found is not None
    return found


async def states(stack: Stack) -> dict[str, StripeEventState]:
    request = StripeEventListRequest(PageRequest(100))
    return {one.id: one.state for one in (await stack.services.stripe_events.list(request)).nodes}
