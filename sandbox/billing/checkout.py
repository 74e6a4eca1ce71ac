"""Checkout sessions in subscription mode: https://docs.stripe.com/api/checkout/sessions."""

from sandbox.billing.checkout_totals import set_totals
from sandbox.billing.coupons import read_discounts
from sandbox.billing.items import find_price, read_quantity
from sandbox.billing.periods import DAY
from sandbox.billing.prices import amount_in
from sandbox.billing.starting import check_currency
from sandbox.billing.subscriptions import check_billing_mode
from sandbox.billing.values import merge_metadata, refuse_unsupported, update_fields
from sandbox.engine.account import Account, Resource
from sandbox.engine.due import when
from sandbox.engine.ids import new_id
from sandbox.engine.listing import list_page, make_list, page_of
from sandbox.engine.operations import PAGE, operation
from sandbox.errors import invalid, missing_parameter, not_in_sandbox

_SUPPORTED = {
    "allow_promotion_codes", "allowed_payment_method_types", "automatic_tax",
    "billing_address_collection", "cancel_url", "client_reference_id", "currency", "customer",
    "customer_email", "customer_update", "discounts", "expires_at", "line_items", "locale",
    "metadata", "mode", "payment_method_collection", "subscription_data", "submit_type",
    "success_url", "tax_id_collection", "ui_mode",
}  # fmt: skip
_SUBSCRIPTION_DATA = {
    "billing_mode", "description", "metadata", "proration_behavior", "trial_end",
    "trial_period_days", "trial_settings",
}  # fmt: skip
_SHORTEST = 30 * 60
_LONGEST = DAY


@operation("POST", "/v1/checkout/sessions", takes=_SUPPORTED)
async def _create_session(account: Account, params: Resource) -> Resource:
    _check(account, params)
    customer = None
    if name := params.get("customer"):
        customer = await account.get("customer", name, param="customer")
    discounts = await read_discounts(
        account, params.get("discounts", []), customer=params.get("customer")
    )
    session = account.add("checkout.session", _new_session(account, params, customer))
    session["url"] = f"{account.public_url}/c/pay/{session['id']}"
    session["discounts"] = [
        {"coupon": coupon, "promotion_code": code} for coupon, code in discounts
    ]
    await _add_line_items(account, session, params)
    if customer is not None:
        check_currency(customer, session["currency"])
    await set_totals(account, session)
    return session


def _check(account: Account, params: Resource) -> None:
    """What Stripe asks of a hosted subscription checkout."""
    if params.get("mode") != "subscription":
        raise not_in_sandbox("checkout in modes other than `subscription`")
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise not_in_sandbox("checkout that is not hosted")
    data = params.get("subscription_data", {})
    refuse_unsupported(data, _SUBSCRIPTION_DATA, what="subscription_data")
    check_billing_mode(data.get("billing_mode", {}))
    for name in ("success_url", "line_items"):
        if name not in params:
            raise missing_parameter(name)
    if "allow_promotion_codes" in params and "discounts" in params:
        raise invalid(
            "You may only specify one of these parameters: allow_promotion_codes, discounts."
        )
    if "customer" in params and "customer_email" in params:
        raise invalid("You may only specify one of these parameters: customer, customer_email.")
    _check_expiry(account, params.get("expires_at"))


def _check_expiry(account: Account, expires_at: int | None) -> None:
    if expires_at is None:
        return
    lifetime = expires_at - account.now
    if not _SHORTEST - 60 <= lifetime <= _LONGEST + 60:  # a minute of grace for clocks and travel
        raise invalid(
            "The `expires_at` timestamp must be at least 30 minutes and less than 24 hours from "
            "Checkout Session creation.",
            param="expires_at",
        )


def _new_session(account: Account, params: Resource, customer: Resource | None) -> Resource:
    tax = params.get("automatic_tax", {}).get("enabled", False)
    collects_tax_id = params.get("tax_id_collection", {})
    return {
        "_authentication": None,
        "_customer_update": params.get("customer_update", {}),
        "_subscription_data": params.get("subscription_data", {}),
        "adaptive_pricing": {"enabled": False},
        "after_expiration": None,
        "allow_promotion_codes": params.get("allow_promotion_codes"),
        "automatic_tax": {
            "enabled": tax,
            "liability": {"type": "self"} if tax else None,
            "provider": "stripe" if tax else None,
            "status": "requires_location_inputs" if tax else None,
        },
        "billing_address_collection": params.get("billing_address_collection"),
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "client_secret": None,
        "consent": None,
        "consent_collection": None,
        "currency": params.get("currency"),
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {},
        "customer": params.get("customer"),
        "customer_creation": None if customer else "always",
        "customer_details": None,
        "customer_email": params.get("customer_email"),
        "expires_at": params.get("expires_at", account.now + _LONGEST),
        "invoice": None,
        "invoice_creation": None,
        "locale": params.get("locale"),
        "metadata": merge_metadata({}, params.get("metadata", {})),
        "mode": "subscription",
        "origin_context": None,
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": params.get("payment_method_collection", "always"),
        "payment_method_options": None,
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "permissions": None,
        "phone_number_collection": {"enabled": False},
        "recovered_from": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": params.get("submit_type"),
        "subscription": None,
        "success_url": params["success_url"],
        "tax_id_collection": {
            "enabled": collects_tax_id.get("enabled", False),
            "required": collects_tax_id.get("required", "never"),
        },
        "ui_mode": "hosted_page",
    }


async def _add_line_items(account: Account, session: Resource, params: Resource) -> None:
    items = []
    for index, wanted in enumerate(params["line_items"]):
        price = await find_price(account, wanted, param=f"line_items[{index}]")
        session["currency"] = session["currency"] or price["currency"]
        product = await account.get("product", price["product"])
        items.append(_line_item(session, wanted, price, product))
    url = f"/v1/checkout/sessions/{session['id']}/line_items"
    session["line_items"] = make_list(items, url=url)


def _line_item(session: Resource, wanted: Resource, price: Resource, product: Resource) -> Resource:
    currency = session["currency"]
    return {
        "_unit": amount_in(price, currency),
        "adjustable_quantity": _adjustable(wanted.get("adjustable_quantity")),
        "amount_discount": 0,
        "amount_subtotal": 0,
        "amount_tax": 0,
        "amount_total": 0,
        "currency": currency,
        "description": product["name"],
        "id": new_id("item"),
        "metadata": merge_metadata({}, wanted.get("metadata", {})),
        "object": "item",
        "price": price,
        "quantity": read_quantity(wanted),
    }


def _adjustable(wanted: Resource | None) -> Resource | None:
    if not wanted or not wanted["enabled"]:
        return None
    return {
        "enabled": True,
        "maximum": wanted.get("maximum", 99),
        "minimum": wanted.get("minimum", 0),
    }


@operation("GET", "/v1/checkout/sessions/{session}")
async def _retrieve_session(account: Account, params: Resource, session: str) -> Resource:  # noqa: ARG001 # none beside expand
    return await account.get("checkout.session", session)


@operation("POST", "/v1/checkout/sessions/{session}", takes={"metadata"})
async def _update_session(account: Account, params: Resource, session: str) -> Resource:
    found = await account.get("checkout.session", session)
    update_fields(found, params, ())
    return found


@operation("GET", "/v1/checkout/sessions", takes=PAGE | {"customer", "status", "subscription"})
async def _list_sessions(account: Account, params: Resource) -> Resource:
    where: Resource = {key: params[key] for key in ("status", "subscription") if key in params}
    return await list_page(
        account, "checkout.session", params, url="/v1/checkout/sessions", where=where
    )


@operation("GET", "/v1/checkout/sessions/{session}/line_items", takes=PAGE)
async def _list_line_items(account: Account, params: Resource, session: str) -> Resource:
    found = await account.get("checkout.session", session)
    items = found["line_items"]
    return page_of(items["data"], params, url=items["url"])


@operation("POST", "/v1/checkout/sessions/{session}/expire")
async def _expire_session(account: Account, params: Resource, session: str) -> Resource:  # noqa: ARG001 # none beside expand
    found = await account.get("checkout.session", session)
    if found["status"] != "open":
        raise invalid(
            f'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout '
            f"Session has a status of {found['status']}."
        )
    await end_session(account, found)
    return found


@when("checkout.session", lambda session: session["expires_at"] if session["url"] else None)
async def end_session(account: Account, session: Resource) -> None:
    """Nobody can pay it any more."""
    session |= {"status": "expired", "url": None, "_authentication": None}
    account.emit("checkout.session.expired", session)
