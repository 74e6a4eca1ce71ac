"""Promotion codes: what customers type to get a discount."""

from services.stripe_gateway.connection import StripeConnection


class HTTPPromotionCodes(StripeConnection):
    """See `PromotionCodesAtStripe`."""

    async def find_promotion_code(self, code: str) -> str | None:
        """See `PromotionCodesAtStripe`."""
        async with self.reading():
            page = await self.v1.promotion_codes.list_async(
                {"code": code, "active": True, "limit": 1}
            )
            return page.data[0].id if page.data else None
