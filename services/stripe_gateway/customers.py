"""Customers: who pays."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from stripe.params import CustomerCreateParams

from services.stripe_gateway.connection import PAGE_SIZE, StripeConnection
from services.stripe_gateway.protocol import INTENT_ID
from services.stripe_gateway.values import metadata_of

CLOCK_SKEW = timedelta(minutes=5)


class HTTPCustomers(StripeConnection):
    """See `CustomersAtStripe`."""

    async def create_customer(
        self, *, name: str, email: str | None, metadata: Mapping[str, str], idempotency_key: str
    ) -> str:
        """See `CustomersAtStripe`."""
        params: CustomerCreateParams = {"name": name, "metadata": dict(metadata)}
        if email is not None:
            params["email"] = email
        async with self.writing():
            customer = await self.v1.customers.create_async(
                params, {"idempotency_key": idempotency_key}
            )
            return customer.id

    async def update_customer(
        self, *, customer_id: str, name: str, email: str | None, idempotency_key: str
    ) -> None:
        """See `CustomersAtStripe`."""
        async with self.writing():
            await self.v1.customers.update_async(
                customer_id,
                {"name": name, "email": email or ""},
                {"idempotency_key": idempotency_key},
            )

    async def find_customer(self, *, intent_id: str, created_after: datetime) -> str | None:
        """See `CustomersAtStripe`. The list is at once complete; Stripe's search lags behind."""
        since = int((created_after - CLOCK_SKEW).timestamp())
        async with self.reading():
            page = await self.v1.customers.list_async(
                {"created": {"gte": since}, "limit": PAGE_SIZE}
            )
            async for customer in page.auto_paging_iter():
                if metadata_of(customer.metadata).get(INTENT_ID) == intent_id:
                    return customer.id
        return None
