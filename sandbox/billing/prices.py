"""Prices: https://docs.stripe.com/api/prices. Per unit and licensed only."""

from decimal import Decimal
from typing import Any

from sandbox.billing.products import add_product
from sandbox.billing.values import merge_metadata, unset_if_empty, update_fields
from sandbox.engine.account import Account, Resource
from sandbox.engine.listing import list_page, make_list
from sandbox.engine.operations import PAGE, operation
from sandbox.errors import invalid, not_in_sandbox

_UPDATES = {
    "active", "currency_options", "lookup_key", "metadata", "nickname", "tax_behavior",
    "transfer_lookup_key",
}  # fmt: skip
_CREATES = _UPDATES | {
    "billing_scheme", "currency", "product", "product_data", "recurring", "unit_amount",
}  # fmt: skip


@operation("POST", "/v1/prices", takes=_CREATES)
async def create_price(account: Account, params: Resource) -> Resource:
    """Raises for a lookup key in use, unless `transfer_lookup_key` moves it."""
    price = account.add("price", await describe_price(account, params))
    price["_currency_options"] = params.get("currency_options", {})
    price["currency_options"] = _currency_options(price)
    await _take_lookup_key(account, price, params)
    account.emit("price.created", price)
    return price


async def describe_price(account: Account, params: Resource) -> Resource:
    """The fields of a price from its parameters (also `price_data`, which names a product)."""
    if params.get("unit_amount") is None:
        raise invalid(
            "Either `unit_amount`, `unit_amount_decimal`, or `custom_unit_amount` is required.",
            param="unit_amount",
        )
    if params["unit_amount"] < 0:
        raise invalid(
            "This value must be greater than or equal to 0.",
            param="unit_amount",
            code="parameter_invalid_integer",
        )
    return {
        "active": params.get("active", True),
        "billing_scheme": "per_unit",
        "currency": read_currency(params["currency"]),
        "custom_unit_amount": None,
        "lookup_key": None,
        "metadata": merge_metadata({}, params.get("metadata", {})),
        "nickname": params.get("nickname"),
        "product": await _product_of(account, params),
        "recurring": _recurring(params.get("recurring")),
        "tax_behavior": params.get("tax_behavior", "unspecified"),
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "recurring" if "recurring" in params else "one_time",
        "unit_amount": params["unit_amount"],
        "unit_amount_decimal": str(Decimal(params["unit_amount"])),
    }


def read_currency(code: str) -> str:
    """A three-letter code in lower case.

    Raises:
        StripeError: it is none.
    """
    if len(code) != 3 or not code.isascii() or not code.isalpha():  # noqa: PLR2004 # ISO 4217
        raise invalid(
            f"Invalid currency: {code}. Stripe uses three-letter codes.", param="currency"
        )
    return code.lower()


async def _product_of(account: Account, params: Resource) -> str:
    if "product" in params:
        product = await account.get("product", params["product"], param="product")
    elif "product_data" in params:
        product = add_product(account, params["product_data"])
        account.emit("product.created", product)
    else:
        raise invalid(
            "You must provide either a `product` or `product_data` parameter.",
            param="product",
            code="parameter_missing",
        )
    return str(product["id"])


def _recurring(wanted: Resource | None) -> Resource | None:
    if wanted is None:
        return None
    if wanted.get("usage_type") == "metered" or "meter" in wanted:
        raise not_in_sandbox("metered prices")
    return {
        "interval": wanted["interval"],
        "interval_count": wanted.get("interval_count", 1),
        "meter": None,
        "trial_period_days": wanted.get("trial_period_days"),
        "usage_type": "licensed",
    }


def _currency_options(price: Resource) -> dict[str, Resource]:
    options = {price["currency"]: {}, **price["_currency_options"]}
    return {code: _currency_option(price, options[code]) for code in options}


def _currency_option(price: Resource, wanted: Resource) -> Resource:
    amount = wanted.get("unit_amount", price["unit_amount"])
    return {
        "custom_unit_amount": None,
        "tax_behavior": wanted.get("tax_behavior", price["tax_behavior"]),
        "unit_amount": amount,
        "unit_amount_decimal": str(amount),
    }


def amount_in(price: Resource, currency: str) -> int:
    """The price of one unit in minor units of `currency`.

    Raises:
        StripeError: the price is not sold in that currency.
    """
    if currency == price["currency"]:
        return int(price["unit_amount"])
    option = price.get("currency_options", {}).get(currency)
    if option is None:
        raise invalid(
            f"The price specified only supports `{price['currency']}`. This doesn't match the "
            f"expected currency: `{currency}`.",
            param="currency",
        )
    return int(option["unit_amount"])


async def _take_lookup_key(account: Account, price: Resource, params: Resource) -> None:
    key = unset_if_empty(params.get("lookup_key"))
    if "lookup_key" not in params:
        return
    if key is not None:
        for holder in await account.select("price", where={"lookup_key": key}):
            if holder["id"] != price["id"]:
                _release_lookup_key(account, holder, params)
    price["lookup_key"] = key


def _release_lookup_key(account: Account, holder: Resource, params: Resource) -> None:
    if not params.get("transfer_lookup_key"):
        raise invalid(
            f"A price (`{holder['id']}`) already uses that lookup key.", param="lookup_key"
        )
    holder["lookup_key"] = None
    account.emit("price.updated", holder)


@operation("GET", "/v1/prices/{price}")
async def _retrieve_price(account: Account, params: Resource, price: str) -> Resource:  # noqa: ARG001 # none beside expand
    return await account.get("price", price)


@operation("POST", "/v1/prices/{price}", takes=_UPDATES)
async def update_price(account: Account, params: Resource, price: str) -> Resource:
    """The amount of a price never changes; a new price takes its place."""
    found = await account.get("price", price)
    update_fields(found, params, ("active", "nickname", "tax_behavior"))
    if isinstance(options := params.get("currency_options"), dict):
        found["_currency_options"] = {**found["_currency_options"], **options}
    found["currency_options"] = _currency_options(found)
    await _take_lookup_key(account, found, params)
    account.emit("price.updated", found)
    return found


@operation(
    "GET",
    "/v1/prices",
    takes=PAGE | {"active", "currency", "lookup_keys", "product", "recurring", "type"},
)
async def _list_prices(account: Account, params: Resource) -> Resource:
    where: dict[str, Any] = {
        key: params[key] for key in ("active", "currency", "product", "type") if key in params
    }
    if interval := params.get("recurring", {}).get("interval"):
        where["recurring"] = {"interval": interval}
    if "lookup_keys" not in params:
        return await list_page(account, "price", params, url="/v1/prices", where=where)
    wanted = set(params["lookup_keys"])
    found = await account.select("price", where=where)
    return make_list([p for p in found if p["lookup_key"] in wanted], url="/v1/prices")
