"""Whether Stripe sells what the file says. Nothing is changed: `push` would do that."""

from collections.abc import Iterator, Sequence

from services.catalogue.file import CatalogueFile, CataloguePlan
from services.catalogue.stripe_side import product_id_of
from services.stripe_gateway import StripeGateway, StripePrice, StripeProduct


async def list_differences(file: CatalogueFile, gateway: StripeGateway) -> list[str]:
    """A line for each product and price that a push would make or change at Stripe."""
    found: list[str] = []
    for plan in file.plans:
        if not plan.prices():
            continue
        product_id = product_id_of(plan.code)
        product = await gateway.get_product(product_id)
        if product is None:
            found.append(f"there is no product {product_id}")
            continue
        found += _of_product(plan, product)
        found += _of_prices(plan, await gateway.list_prices(product_id))
    return found


def _of_product(plan: CataloguePlan, product: StripeProduct) -> Iterator[str]:
    if not product.active:
        yield f"the product {product.id} is archived"
    if (product.name, product.description) != (plan.name, plan.description):
        yield f"the product {product.id} has another name or description"


def _of_prices(plan: CataloguePlan, prices: Sequence[StripePrice]) -> Iterator[str]:
    by_key = {price.lookup_key: price for price in prices if price.active}
    for terms in plan.prices():
        price = by_key.get(terms.lookup_key)
        if price is None:
            yield f"no price on sale has the lookup key {terms.lookup_key}"
        elif (price.interval, price.currency, price.unit_amount) != (
            terms.interval,
            terms.currency,
            terms.unit_amount,
        ):
            yield f"the price {price.id} ({terms.lookup_key}) has other terms"
