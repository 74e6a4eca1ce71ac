"""Products and prices, as a catalogue is pushed."""

import pytest
import stripe

from tests.sandbox.worlds import Shop, World


async def test_prices_are_found_by_lookup_key(world: World, shop: Shop) -> None:
    found = await world.stripe.v1.prices.list_async(
        {"lookup_keys": ["pro_month", "pro_none"], "expand": ["data.product"]}
    )
    assert [price.id for price in found.data] == [shop.monthly]
    assert isinstance(found.data[0].product, stripe.Product)
    assert found.data[0].product.name == "Pro"


async def test_a_lookup_key_moves_to_a_new_price(world: World, shop: Shop) -> None:
    params: stripe.params.PriceCreateParams = {
        "product": shop.product,
        "currency": "usd",
        "unit_amount": 3000,
        "recurring": {"interval": "month"},
        "lookup_key": "pro_month",
    }
    with pytest.raises(stripe.InvalidRequestError, match="already uses that lookup key"):
        await world.stripe.v1.prices.create_async(params)
    new = await world.stripe.v1.prices.create_async({**params, "transfer_lookup_key": True})
    old = await world.stripe.v1.prices.update_async(shop.monthly, {"active": False})
    assert (new.lookup_key, old.lookup_key, old.active) == ("pro_month", None, False)


async def test_an_archived_price_serves_who_has_it_and_nobody_else(
    world: World, shop: Shop
) -> None:
    subscription = await shop.subscribe()
    await world.stripe.v1.prices.update_async(shop.monthly, {"active": False})
    with pytest.raises(stripe.InvalidRequestError, match="only accepts active prices"):
        await shop.subscribe()
    item = subscription["items"].data[0]
    updated = await world.stripe.v1.subscriptions.update_async(
        subscription.id, {"items": [{"id": item.id, "price": shop.monthly, "quantity": 7}]}
    )
    assert updated["items"].data[0].quantity == 7


async def test_a_price_in_several_currencies(world: World, shop: Shop) -> None:
    price = await world.stripe.v1.prices.create_async(
        {
            "product": shop.product,
            "currency": "usd",
            "unit_amount": 2500,
            "recurring": {"interval": "month"},
            "currency_options": {"jpy": {"unit_amount": 4000}},
        }
    )
    shown = await world.stripe.v1.prices.retrieve_async(price.id, {"expand": ["currency_options"]})
    assert not hasattr(price, "currency_options"), "shown on demand only"
    assert shown.currency_options is not None
    assert shown.currency_options["jpy"].unit_amount == 4000
    subscription = await shop.subscribe(price=price.id, seats=3, currency="jpy")
    invoice = await world.stripe.v1.invoices.retrieve_async(str(subscription.latest_invoice))
    assert (invoice.currency, invoice.total) == ("jpy", 12000)
    with pytest.raises(stripe.InvalidRequestError, match="cannot combine currencies"):
        await shop.subscribe(str(subscription.customer), currency="usd", price=price.id)


async def test_a_product_with_prices_cannot_be_deleted(world: World, shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="cannot be deleted"):
        await world.stripe.v1.products.delete_async(shop.product)
    other = await world.stripe.v1.products.create_async({"name": "Other", "id": "other"})
    gone = await world.stripe.v1.products.delete_async(other.id)
    assert gone.deleted
    with pytest.raises(stripe.InvalidRequestError, match="No such product: 'other'"):
        await world.stripe.v1.products.retrieve_async("other")


async def test_metadata_is_merged_and_unset(world: World) -> None:
    made = await world.stripe.v1.customers.create_async({"metadata": {"a": "1", "_b": "2"}})
    merged = await world.stripe.v1.customers.update_async(
        made.id, {"metadata": {"a": "", "c": "3"}}
    )
    assert merged.metadata is not None
    assert merged.metadata.to_dict() == {"_b": "2", "c": "3"}
    emptied = await world.stripe.v1.customers.update_async(made.id, {"metadata": ""})
    assert emptied.metadata is not None
    assert emptied.metadata.to_dict() == {}


async def test_pages_of_a_list(world: World) -> None:
    made = [await world.stripe.v1.customers.create_async({"name": str(n)}) for n in range(7)]
    newest_first = [customer.id for customer in reversed(made)]
    page = await world.stripe.v1.customers.list_async({"limit": 3})
    assert [c.id for c in page.data] == newest_first[:3]
    assert page.has_more
    after = await world.stripe.v1.customers.list_async(
        {"limit": 100, "starting_after": newest_first[2]}
    )
    assert [c.id for c in after.data] == newest_first[3:]
    assert not after.has_more
    before = await world.stripe.v1.customers.list_async(
        {"limit": 2, "ending_before": newest_first[4]}
    )
    assert [c.id for c in before.data] == newest_first[2:4]
    assert before.has_more
    walked = [c.id async for c in page.auto_paging_iter()]
    assert walked == newest_first
    with pytest.raises(stripe.InvalidRequestError, match="less than or equal to 100"):
        await world.stripe.v1.customers.list_async({"limit": 101})


async def test_what_cannot_be_expanded_is_refused(world: World, shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        await world.stripe.v1.products.retrieve_async(shop.product, {"expand": ["maker"]})
