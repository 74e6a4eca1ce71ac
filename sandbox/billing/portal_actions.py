"""What a customer does in the portal, as far as its configuration offers it."""

from sandbox.billing.cancelling import end_subscription
from sandbox.billing.cards import find_card
from sandbox.billing.items import period_of
from sandbox.billing.payment_methods import add_card, attach
from sandbox.billing.tax_ids import collect_tax_id
from sandbox.billing.values import NO_ADDRESS
from sandbox.engine.account import Account, Resource
from sandbox.errors import invalid

ENDED = ("canceled", "incomplete_expired")


def require_feature(features: Resource, name: str) -> None:
    """The page shows no button for what is off; a forged form gets no further.

    Raises:
        StripeError: the configuration does not offer it.
    """
    if not features[name]["enabled"]:
        raise invalid("This portal does not offer that.")


async def save_card(account: Account, customer_id: str, *, card: str) -> None:
    """A new default card, for the customer and for the living subscriptions.

    Raises:
        StripeError: the card cannot be saved.
    """
    method = add_card(account, find_card(card))
    method["_is_set_up"] = True
    await attach(account, method["id"], customer=customer_id)
    customer = await account.get("customer", customer_id)
    customer["invoice_settings"]["default_payment_method"] = method["id"]
    account.emit("customer.updated", customer)
    for subscription in await account.select("subscription", customer=customer_id):
        if subscription["status"] not in ENDED:
            subscription["default_payment_method"] = method["id"]
            account.emit("customer.subscription.updated", subscription)


async def save_details(
    account: Account, customer_id: str, feature: Resource, form: dict[str, str]
) -> None:
    """Name, e-mail, phone, address and a further tax id: those of `allowed_updates`."""
    customer = await account.get("customer", customer_id)
    allowed = feature["allowed_updates"]
    for name in ("email", "name", "phone"):
        if name in allowed and name in form:
            customer[name] = form[name] or None
    if "address" in allowed and form.get("country"):
        address = {"country": form["country"], "postal_code": form.get("postal_code") or None}
        customer["address"] = {**NO_ADDRESS, **address}
    if "tax_id" in allowed and form.get("tax_id"):
        collect_tax_id(account, customer, form["tax_id"])
    account.emit("customer.updated", customer)


async def cancel(
    account: Account, subscription: Resource, feature: Resource, form: dict[str, str]
) -> None:
    """Under flexible billing the portal sets `cancel_at` and leaves `cancel_at_period_end`.

    Raises:
        StripeError: a schedule decides about the end.
    """
    if subscription["schedule"]:
        raise invalid("This subscription is managed by a schedule and cannot be cancelled here.")
    subscription["cancellation_details"] |= {
        "comment": form.get("comment") or None,
        "feedback": form.get("feedback") or None,
        "reason": "cancellation_requested",
    }
    if feature["mode"] == "immediately":
        await end_subscription(account, subscription, reason="cancellation_requested")
        return
    subscription["cancel_at"] = period_of(subscription).end
    subscription["canceled_at"] = account.now
    account.emit("customer.subscription.updated", subscription)


def resume(account: Account, subscription: Resource) -> None:
    """Calls a cancellation off.

    Raises:
        StripeError: it has already ended.
    """
    if subscription["status"] in ENDED:
        raise invalid("This subscription has ended.")
    subscription |= {"cancel_at": None, "cancel_at_period_end": False, "canceled_at": None}
    subscription["cancellation_details"]["reason"] = None
    account.emit("customer.subscription.updated", subscription)
