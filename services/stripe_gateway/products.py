"""Products and prices: what is for sale."""

from collections.abc import Mapping

import stripe

from db.enums import BillingInterval
from services.stripe_gateway.connection import PAGE_SIZE, StripeConnection
from services.stripe_gateway.errors import StripeMissingError
from services.stripe_gateway.objects import StripePrice, StripeProduct
from services.stripe_gateway.values import RECURRENCE, id_of, interval_of, metadata_of


class HTTPProducts(StripeConnection):
    """See `ProductsAtStripe`."""

    async def get_product(self, product_id: str) -> StripeProduct | None:
        """See `ProductsAtStripe`."""
        try:
            async with self.reading():
                return _product(await self.v1.products.retrieve_async(product_id))
        except StripeMissingError:
            return None

    async def create_product(
        self,
        *,
        product_id: str,
        name: str,
        description: str,
        metadata: Mapping[str, str],
        idempotency_key: str,
    ) -> StripeProduct:
        """See `ProductsAtStripe`."""
        async with self.writing():
            product = await self.v1.products.create_async(
                {
                    "id": product_id,
                    "name": name,
                    "description": description,
                    "unit_label": "seat",
                    "metadata": dict(metadata),
                },
                {"idempotency_key": idempotency_key},
            )
            return _product(product)

    async def update_product(
        self, *, product_id: str, name: str, description: str, idempotency_key: str
    ) -> StripeProduct:
        """See `ProductsAtStripe`."""
        async with self.writing():
            product = await self.v1.products.update_async(
                product_id,
                {"name": name, "description": description, "active": True},
                {"idempotency_key": idempotency_key},
            )
            return _product(product)

    async def archive_product(self, *, product_id: str, idempotency_key: str) -> StripeProduct:
        """See `ProductsAtStripe`."""
        async with self.writing():
            product = await self.v1.products.update_async(
                product_id, {"active": False}, {"idempotency_key": idempotency_key}
            )
            return _product(product)

    async def list_prices(self, product_id: str) -> tuple[StripePrice, ...]:
        """See `ProductsAtStripe`. Left to itself, Stripe lists active and archived ones."""
        async with self.reading():
            page = await self.v1.prices.list_async({"product": product_id, "limit": PAGE_SIZE})
            return tuple([_price(each) async for each in page.auto_paging_iter()])

    async def create_price(
        self,
        *,
        product_id: str,
        currency: str,
        unit_amount: int,
        interval: BillingInterval,
        lookup_key: str,
        metadata: Mapping[str, str],
        idempotency_key: str,
    ) -> StripePrice:
        """See `ProductsAtStripe`."""
        async with self.writing():
            price = await self.v1.prices.create_async(
                {
                    "product": product_id,
                    "currency": currency,
                    "unit_amount": unit_amount,
                    "recurring": {"interval": RECURRENCE[interval]},
                    "lookup_key": lookup_key,
                    "transfer_lookup_key": True,
                    "metadata": dict(metadata),
                },
                {"idempotency_key": idempotency_key},
            )
            return _price(price)

    async def restore_price(
        self, *, price_id: str, lookup_key: str, idempotency_key: str
    ) -> StripePrice:
        """See `ProductsAtStripe`."""
        async with self.writing():
            price = await self.v1.prices.update_async(
                price_id,
                {"active": True, "lookup_key": lookup_key, "transfer_lookup_key": True},
                {"idempotency_key": idempotency_key},
            )
            return _price(price)

    async def archive_price(self, *, price_id: str, idempotency_key: str) -> StripePrice:
        """See `ProductsAtStripe`."""
        async with self.writing():
            price = await self.v1.prices.update_async(
                price_id, {"active": False}, {"idempotency_key": idempotency_key}
            )
            return _price(price)


def _product(product: stripe.Product) -> StripeProduct:
    return StripeProduct(
        id=product.id,
        name=product.name,
        description=product.description,
        active=product.active,
        metadata=metadata_of(product.metadata),
    )


def _price(price: stripe.Price) -> StripePrice:
    return StripePrice(
        id=price.id,
        product_id=id_of(price.product),
        active=price.active,
        currency=price.currency,
        unit_amount=price.unit_amount,
        interval=interval_of(price),
        lookup_key=price.lookup_key,
        metadata=metadata_of(price.metadata),
    )
