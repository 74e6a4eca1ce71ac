"""Coupons and promotion codes: https://docs.stripe.com/api/coupons."""

from sandbox.billing.values import merge_metadata, update_fields
from sandbox.engine.account import Account, Resource
from sandbox.engine.ids import random_upper
from sandbox.engine.listing import list_page, page_of
from sandbox.engine.operations import PAGE, operation
from sandbox.errors import StripeError, invalid, missing_resource

_WHOLE = 100
_CREATES = {
    "amount_off", "applies_to", "currency", "currency_options", "duration", "duration_in_months",
    "id", "max_redemptions", "metadata", "name", "percent_off", "redeem_by",
}  # fmt: skip
_CODE_CREATES = {
    "active", "code", "customer", "expires_at", "max_redemptions", "metadata", "promotion",
}  # fmt: skip


@operation("POST", "/v1/coupons", takes=_CREATES)
async def _create_coupon(account: Account, params: Resource) -> Resource:
    _check_coupon(params)
    wanted_id = params.get("id")
    if wanted_id and await account.find(wanted_id):
        raise StripeError("Coupon already exists.", code="resource_already_exists", param="id")
    coupon = account.add(
        "coupon",
        {
            "amount_off": params.get("amount_off"),
            "applies_to": params.get("applies_to"),
            "currency": params["currency"].lower() if "currency" in params else None,
            "currency_options": params.get("currency_options", {}),
            "duration": params.get("duration", "once"),
            "duration_in_months": params.get("duration_in_months"),
            "max_redemptions": params.get("max_redemptions"),
            "metadata": merge_metadata({}, params.get("metadata", {})),
            "name": params.get("name"),
            "percent_off": params.get("percent_off"),
            "redeem_by": params.get("redeem_by"),
            "times_redeemed": 0,
            "valid": True,
        },
        key=wanted_id,
    )
    account.emit("coupon.created", coupon)
    return coupon


def _check_coupon(params: Resource) -> None:
    if ("percent_off" in params) == ("amount_off" in params):
        raise invalid("You must pass either percent_off or amount_off, and not both.")
    if "amount_off" in params and "currency" not in params:
        raise invalid("You must pass currency when passing amount_off", param="currency")
    if not 0 < params.get("percent_off", _WHOLE) <= _WHOLE:
        raise invalid("percent_off must be between 0 and 100.", param="percent_off")
    if params.get("duration") == "repeating" and "duration_in_months" not in params:
        raise invalid(
            "You must pass duration_in_months when duration is repeating.",
            param="duration_in_months",
            code="parameter_missing",
        )


@operation("GET", "/v1/coupons/{coupon}")
async def _retrieve_coupon(account: Account, params: Resource, coupon: str) -> Resource:  # noqa: ARG001 # none beside expand
    return await account.get("coupon", coupon)


@operation("POST", "/v1/coupons/{coupon}", takes={"currency_options", "metadata", "name"})
async def _update_coupon(account: Account, params: Resource, coupon: str) -> Resource:
    found = await account.get("coupon", coupon)
    update_fields(found, params, ("name", "currency_options"))
    account.emit("coupon.updated", found)
    return found


@operation("DELETE", "/v1/coupons/{coupon}")
async def delete_coupon(account: Account, params: Resource, coupon: str) -> Resource:  # noqa: ARG001 # it has none
    """Discounts that were given keep what the coupon said."""
    found = await account.get("coupon", coupon)
    account.emit("coupon.deleted", found)
    await account.remove(found)
    return {"id": coupon, "object": "coupon", "deleted": True}


@operation("GET", "/v1/coupons", takes=PAGE)
async def _list_coupons(account: Account, params: Resource) -> Resource:
    return await list_page(account, "coupon", params, url="/v1/coupons")


@operation("POST", "/v1/promotion_codes", takes=_CODE_CREATES)
async def _create_promotion_code(account: Account, params: Resource) -> Resource:
    coupon = params["promotion"].get("coupon")
    await account.get("coupon", coupon or "", param="promotion[coupon]")
    code = params.get("code") or random_upper(8)
    if await _is_taken(account, code, customer=params.get("customer")):
        raise invalid(f"An active promotion code with `code: {code}` already exists.", param="code")
    restrictions = {
        "first_time_transaction": False,
        "minimum_amount": None,
        "minimum_amount_currency": None,
    }
    promotion_code = account.add(
        "promotion_code",
        {
            "active": params.get("active", True),
            "code": code,
            "customer": params.get("customer"),
            "expires_at": params.get("expires_at"),
            "max_redemptions": params.get("max_redemptions"),
            "metadata": merge_metadata({}, params.get("metadata", {})),
            "promotion": {"type": "coupon", "coupon": coupon},
            "restrictions": restrictions,
            "times_redeemed": 0,
        },
    )
    account.emit("promotion_code.created", promotion_code)
    return promotion_code


@operation("GET", "/v1/promotion_codes/{promotion_code}")
async def _retrieve_promotion_code(
    account: Account,
    params: Resource,  # noqa: ARG001 # none beside expand
    promotion_code: str,
) -> Resource:
    return await _shown(account, await account.get("promotion_code", promotion_code))


@operation("POST", "/v1/promotion_codes/{promotion_code}", takes={"active", "metadata"})
async def _update_promotion_code(
    account: Account, params: Resource, promotion_code: str
) -> Resource:
    found = await account.get("promotion_code", promotion_code)
    update_fields(found, params, ("active",))
    account.emit("promotion_code.updated", found)
    return found


@operation("GET", "/v1/promotion_codes", takes=PAGE | {"active", "code", "coupon", "customer"})
async def _list_promotion_codes(account: Account, params: Resource) -> Resource:
    """`code` in any letter case; `active` as it is now."""
    where = {"promotion": {"coupon": params["coupon"]}} if "coupon" in params else None
    codes = await account.select("promotion_code", where=where, customer=params.get("customer"))
    shown = [await _shown(account, code) for code in codes]
    wanted = [code for code in shown if _is_wanted(code, params)]
    return page_of(wanted, params, url="/v1/promotion_codes")


def _is_wanted(code: Resource, params: Resource) -> bool:
    text = str(params.get("code", code["code"]))
    is_active = bool(params.get("active", code["active"]))
    return str(code["code"]).upper() == text.upper() and code["active"] is is_active


async def _shown(account: Account, code: Resource) -> Resource:
    return {**code, "active": await _is_active(account, code)}


async def _is_active(account: Account, code: Resource) -> bool:
    """Neither switched off, used up nor expired, and the same of its coupon."""
    expired = code["expires_at"] and code["expires_at"] <= account.now
    coupon = await account.find(code["promotion"]["coupon"])
    is_valid = coupon is not None and _is_valid(account, coupon)
    return code["active"] and is_valid and not (_is_used_up(code) or expired)


async def find_active_code(account: Account, code: str, *, customer: str | None) -> Resource | None:
    """The active promotion code that a customer means by `code`: their own before everybody's."""
    found = await _list_active(account, code)
    return next(
        (one for whose in (customer, None) for one in found if one["customer"] == whose), None
    )


async def _is_taken(account: Account, code: str, *, customer: str | None) -> bool:
    """A code is unique for each customer, and beside those among the ones for everybody."""
    return any(one["customer"] == customer for one in await _list_active(account, code))


async def _list_active(account: Account, code: str) -> list[Resource]:
    """Letter case does not matter."""
    return [
        one
        for one in await account.select("promotion_code", where={"active": True})
        if one["code"].upper() == code.upper() and await _is_active(account, one)
    ]


async def is_redeemable(account: Account, code: Resource, *, customer: str | None) -> bool:
    """Whether a promotion code can be used now by this customer, and its coupon, too."""
    foreign = code["customer"] and code["customer"] != customer
    return not foreign and await _is_active(account, code)


async def read_discounts(
    account: Account, wanted: list[Resource] | str, *, customer: str | None
) -> list[tuple[str, str | None]]:
    """(coupon, promotion code) for each entry of a `discounts` parameter.

    Raises:
        StripeError: a coupon or code is unknown or cannot be used any more.
    """
    if isinstance(wanted, str):
        return []
    return [await _read_discount(account, entry, customer) for entry in wanted]


async def _read_discount(
    account: Account, entry: Resource, customer: str | None
) -> tuple[str, str | None]:
    if discount := entry.get("discount"):
        found = await account.get("discount", discount, param="discounts")
        return found["source"]["coupon"], found["promotion_code"]
    if promotion_code := entry.get("promotion_code"):
        code = await account.get("promotion_code", promotion_code, param="discounts")
        if not await is_redeemable(account, code, customer=customer):
            raise invalid("This promotion code cannot be redeemed.", param="discounts")
        return code["promotion"]["coupon"], promotion_code
    coupon = await account.find(entry.get("coupon"))
    if coupon is None or coupon["object"] != "coupon":
        raise missing_resource("coupon", entry.get("coupon", ""), param="discounts")
    _check_redeemable(account, coupon)
    return coupon["id"], None


def _is_used_up(given: Resource) -> bool:
    """A coupon or a code was redeemed as often as it may."""
    most: int | None = given["max_redemptions"]
    return most is not None and given["times_redeemed"] >= most


def _is_valid(account: Account, coupon: Resource) -> bool:
    expired = coupon["redeem_by"] and coupon["redeem_by"] <= account.now
    return not (_is_used_up(coupon) or expired)


def _check_redeemable(account: Account, coupon: Resource) -> None:
    if not _is_valid(account, coupon):
        raise invalid(f"Coupon {coupon['id']} is expired.", code="coupon_expired")
