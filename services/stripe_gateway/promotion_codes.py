"""Promotion codes: what customers type to get a discount."""

from services.stripe_gateway.connection import PAGE_SIZE, StripeConnection
from services.stripe_gateway.values import id_or_none


class HTTPPromotionCodes(StripeConnection):
    """See `PromotionCodesAtStripe`."""

    async def find_promotion_code(self, code: str, *, customer_id: str | None) -> str | None:
        """See `PromotionCodesAtStripe`. Stripe has one such code for each customer."""
        found: dict[str | None, str] = {}
        async with self.reading():
            page = await self.v1.promotion_codes.list_async(
                {"code": code, "active": True, "limit": PAGE_SIZE}
            )
            async for each in page.auto_paging_iter():
                found[id_or_none(each.customer)] = each.id
        return found.get(customer_id) or found.get(None)
