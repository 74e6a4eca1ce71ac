"""What the whole account has, by pages: for comparing with what is mirrored."""

from typing import TYPE_CHECKING, Any

from db.enums import DEAD
from services.stripe_gateway.connection import PAGE_SIZE, StripeConnection
from services.stripe_gateway.objects import StripePage, StripeReference, StripeSubscription
from services.stripe_gateway.subscriptions import EXPAND, subscription_of
from services.stripe_gateway.values import id_or_none

if TYPE_CHECKING:
    from stripe.params import CustomerListParams, InvoiceListParams, SubscriptionListParams
    from stripe.params.checkout import SessionListParams


class HTTPAccountLists(StripeConnection):
    """See `AccountListsAtStripe`."""

    async def list_living_subscriptions(
        self, *, after: str | None, customer_id: str | None = None
    ) -> StripePage[StripeSubscription]:
        """See `AccountListsAtStripe`."""
        async with self.reading():
            params: SubscriptionListParams = {"expand": [f"data.{field}" for field in EXPAND]}
            params |= _page(after, customer_id)
            page = await self.v1.subscriptions.list_async(params)
            found = [subscription_of(each) for each in page.data]
            living = tuple(one for one in found if one.status not in DEAD)
            return StripePage(living, found[-1].id if page.has_more else None)

    async def list_open_invoices(
        self, *, after: str | None, customer_id: str | None = None
    ) -> StripePage[StripeReference]:
        """See `AccountListsAtStripe`."""
        async with self.reading():
            params: InvoiceListParams = {"status": "open"}
            params |= _page(after, customer_id)
            return _references(await self.v1.invoices.list_async(params))

    async def list_open_checkout_sessions(
        self, *, after: str | None, customer_id: str | None = None
    ) -> StripePage[StripeReference]:
        """See `AccountListsAtStripe`."""
        async with self.reading():
            params: SessionListParams = {"status": "open"}
            params |= _page(after, customer_id)
            return _references(await self.v1.checkout.sessions.list_async(params))

    async def list_customers(self, *, after: str | None) -> StripePage[StripeReference]:
        """See `AccountListsAtStripe`."""
        async with self.reading():
            params: CustomerListParams = _page(after)
            page = await self.v1.customers.list_async(params)
            found = tuple(StripeReference(each.id, each.id) for each in page.data)
            return StripePage(found, found[-1].id if page.has_more else None)


def _page(after: str | None, customer_id: str | None = None) -> Any:
    """The parameters that all lists have in common; Any, as each has a type of its own."""
    page = {"limit": PAGE_SIZE, "starting_after": after, "customer": customer_id}
    return {name: value for name, value in page.items() if value is not None}


def _references(page: Any) -> StripePage[StripeReference]:
    found = tuple(StripeReference(each.id, id_or_none(each.customer)) for each in page.data)
    return StripePage(found, found[-1].id if page.has_more else None)
