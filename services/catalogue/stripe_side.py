"""The catalogue at Stripe: products and prices that are there already are used again.

Nothing is remembered between two pushes: each looks at what Stripe has, so one that was broken off
is completed by the next. Product ids are ours; a price is known by its terms and our mark on it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import uuid4

from services.catalogue.file import CataloguePlan, PriceTerms
from services.stripe_gateway import PRODUCT_PREFIX, StripeGateway, StripePrice

PLAN_CODE = "seatwise_plan"
"""Metadata that marks a price as made by the catalogue. Others are never touched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A plan as Stripe sells it, and the prices that it was sold for before."""

    plan: CataloguePlan
    product_id: str
    price_ids: dict[PriceTerms, str]
    superseded: tuple[StripePrice, ...]


class StripeSide:
    """One push's work at Stripe. `changes` tells what was done, a line each."""

    def __init__(self, gateway: StripeGateway) -> None:
        self._gateway = gateway
        self.changes: list[str] = []

    async def offer(self, plan: CataloguePlan, *, on_sale: Collection[str]) -> Offer:
        """Put product and prices on sale. `on_sale` are the Stripe ids of our prices on sale."""
        product_id = product_id_of(plan.code)
        await self._put_product(plan, product_id=product_id)
        prices = await self._gateway.list_prices(product_id)
        ours = [price for price in prices if PLAN_CODE in price.metadata]
        price_ids = {
            terms: await self._put_price(terms, _same_terms(ours, terms, on_sale=on_sale))
            for terms in plan.prices()
        }
        kept = set(price_ids.values())
        superseded = tuple(price for price in ours if price.active and price.id not in kept)
        return Offer(plan=plan, product_id=product_id, price_ids=price_ids, superseded=superseded)

    async def put_portal(self) -> str:
        """The id of the billing portal's configuration: what customers may do there."""
        return await self._gateway.put_portal_configuration(idempotency_key=_new_key())

    async def archive_prices(self, prices: Iterable[StripePrice]) -> None:
        """Take prices off sale; who has them keeps them."""
        for price in prices:
            await self._gateway.archive_price(price_id=price.id, idempotency_key=_new_key())
            self.changes.append(f"Stripe: price {price.id} archived")

    async def archive_product(self, product_id: str) -> None:
        """Take a product and our prices of it off sale. The product goes last, as the mark that
        nothing is left to do.
        """
        product = await self._gateway.get_product(product_id)
        if product is None or not product.active:
            return
        prices = await self._gateway.list_prices(product_id)
        await self.archive_prices(
            price for price in prices if price.active and PLAN_CODE in price.metadata
        )
        await self._gateway.archive_product(product_id=product_id, idempotency_key=_new_key())
        self.changes.append(f"Stripe: product {product_id} archived")

    async def _put_product(self, plan: CataloguePlan, *, product_id: str) -> None:
        product = await self._gateway.get_product(product_id)
        if product is None:
            await self._gateway.create_product(
                product_id=product_id,
                name=plan.name,
                description=plan.description,
                metadata={PLAN_CODE: plan.code},
                idempotency_key=_new_key(),
            )
            self.changes.append(f"Stripe: product {product_id} created")
        elif (product.name, product.description, product.active) != (
            plan.name,
            plan.description,
            True,
        ):
            await self._gateway.update_product(
                product_id=product_id,
                name=plan.name,
                description=plan.description,
                idempotency_key=_new_key(),
            )
            self.changes.append(f"Stripe: product {product_id} updated")

    async def _put_price(self, terms: PriceTerms, existing: StripePrice | None) -> str:
        """The id of a price of these terms that is on sale and has the lookup key."""
        if existing is None:
            price = await self._gateway.create_price(
                product_id=product_id_of(terms.plan_code),
                currency=terms.currency,
                unit_amount=terms.unit_amount,
                interval=terms.interval,
                lookup_key=terms.lookup_key,
                metadata={PLAN_CODE: terms.plan_code},
                idempotency_key=_new_key(),
            )
            self.changes.append(f"Stripe: price {terms.lookup_key} created as {price.id}")
            return price.id
        if not existing.active or existing.lookup_key != terms.lookup_key:
            await self._gateway.restore_price(
                price_id=existing.id, lookup_key=terms.lookup_key, idempotency_key=_new_key()
            )
            self.changes.append(f"Stripe: price {existing.id} is {terms.lookup_key} again")
        return existing.id


def product_id_of(plan_code: str) -> str:
    """The id under which Stripe keeps a plan."""
    return f"{PRODUCT_PREFIX}{plan_code.lower()}"


def _same_terms(
    prices: Iterable[StripePrice], terms: PriceTerms, *, on_sale: Collection[str]
) -> StripePrice | None:
    """A price of exactly these terms: by preference the one we sell, then one that has the key."""
    same = [
        price
        for price in prices
        if (price.interval, price.currency, price.unit_amount)
        == (terms.interval, terms.currency, terms.unit_amount)
    ]
    return max(
        same,
        key=lambda price: (
            price.id in on_sale,
            price.lookup_key == terms.lookup_key,
            price.active,
        ),
        default=None,
    )


def _new_key() -> str:
    """A key for the retries of one call. A push as a whole converges, so it needs no other."""
    return f"catalogue:{uuid4()}"
