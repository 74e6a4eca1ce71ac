"""What the whole account has, by pages: for comparing with what is mirrored."""

from collections.abc import Mapping
from typing import Any

from db.enums import DEAD
from services.stripe_gateway.connection import PAGE_SIZE, StripeConnection
from services.stripe_gateway.objects import StripePage, StripeReference, StripeSubscription
from services.stripe_gateway.subscriptions import EXPAND, subscription_of
from services.stripe_gateway.values import id_or_none


class HTTPAccountLists(StripeConnection):
    """See `AccountListsAtStripe`."""

    async def list_living_subscriptions(
        self, *, after: str | None, customer_id: str | None = None
    ) -> StripePage[StripeSubscription]:
        """See `AccountListsAtStripe`."""
        async with self.reading():
            expanded = [f"data.{field}" for field in EXPAND]
            params = _page(after, customer_id) | {"expand": expanded}
            page = await self.v1.subscriptions.list_async(params)
            found = [subscription_of(each) for each in page.data]
            living = tuple(one for one in found if one.status not in DEAD)
            return StripePage(living, found[-1].id if page.has_more else None)

    async def list_open_invoices(
        self, *, after: str | None, customer_id: str | None = None
    ) -> StripePage[StripeReference]:
        """See `AccountListsAtStripe`."""
        return await self._references("invoices", _page(after, customer_id) | {"status": "open"})

    async def list_open_checkout_sessions(
        self, *, after: str | None, customer_id: str | None = None
    ) -> StripePage[StripeReference]:
        """See `AccountListsAtStripe`."""
        params = _page(after, customer_id) | {"status": "open"}
        return await self._references("checkout/sessions", params)

    async def list_customers(self, *, after: str | None) -> StripePage[StripeReference]:
        """See `AccountListsAtStripe`."""
        return await self._references("customers", _page(after), owner="id")

    async def _references(
        self, path: str, params: Mapping[str, Any], *, owner: str = "customer"
    ) -> StripePage[StripeReference]:
        """Two ids of each. The SDK's objects of all the rest would cost more than all else here."""
        async with self.reading():
            answer = await self._client.raw_request_async("get", f"/v1/{path}", **params)
            page = answer.data
            found = tuple(
                StripeReference(one["id"], id_or_none(one[owner])) for one in page["data"]
            )
            return StripePage(found, found[-1].id if page["has_more"] else None)


def _page(after: str | None, customer_id: str | None = None) -> Any:
    """The parameters that all lists have in common; Any, as each has a type of its own."""
    page = {"limit": PAGE_SIZE, "starting_after": after, "customer": customer_id}
    return {name: value for name, value in page.items() if value is not None}
