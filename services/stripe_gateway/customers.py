"""Customers: who pays."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import stripe

from services.stripe_gateway.connection import PAGE_SIZE, StripeConnection
from services.stripe_gateway.errors import StripeRefusedError
from services.stripe_gateway.objects import StripeCustomer
from services.stripe_gateway.payment_methods import payment_method_of
from services.stripe_gateway.protocol import INTENT_ID
from services.stripe_gateway.values import metadata_of

if TYPE_CHECKING:
    from stripe.params import CustomerCreateParams

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

    async def get_customer(self, customer_id: str) -> StripeCustomer:
        """See `CustomersAtStripe`. Of what is left of a deleted one nothing can be expanded."""
        try:
            async with self.reading():
                customer = await self.v1.customers.retrieve_async(
                    customer_id, {"expand": ["invoice_settings.default_payment_method"]}
                )
        except StripeRefusedError:
            async with self.reading():
                customer = await self.v1.customers.retrieve_async(customer_id)
                if not _is_deleted(customer):
                    raise
        return _customer(customer)

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


def _is_deleted(customer: stripe.Customer) -> bool:
    """Stripe says it only where it is so."""
    return bool(getattr(customer, "deleted", False))


def _customer(customer: stripe.Customer) -> StripeCustomer:
    settings = None if _is_deleted(customer) else customer.invoice_settings
    return StripeCustomer(
        customer.id,
        is_deleted=_is_deleted(customer),
        payment_method=payment_method_of(settings.default_payment_method if settings else None),
    )
