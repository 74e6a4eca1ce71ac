"""What a Stripe write is: something that is sent, looked up in doubt, and settled here (C2)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from db.database import Transaction
from db.enums import BillingSessionStatus
from db.models import BillingSession, Intent, Organization
from services.stripe_gateway import StripeGateway


@dataclass(frozen=True, slots=True)
class Settling:
    """Where a result is written down."""

    transaction: Transaction
    organization: Organization
    intent: Intent
    now: datetime


class StripeWrite(Protocol):
    """One kind of write. `result` is what the gateway answered, or what a look-up found."""

    async def send(self, gateway: StripeGateway, intent: Intent, *, key: str) -> Any:
        """Do it, under the idempotency key of this attempt."""

    async def look_up(self, gateway: StripeGateway, intent: Intent) -> Any | None:
        """What the write has done already; None: nothing, so that a new attempt is safe."""

    async def settle(self, settling: Settling, result: Any) -> str | None:
        """Write the result down; returns the id of Stripe's object."""


def close_billing_session(
    session: BillingSession, status: BillingSessionStatus, *, now: datetime
) -> None:
    """A session that was paid or has expired; its URL leads nowhere any more."""
    session.status = status
    session.url = None
    session.closed_at = now
