"""Portal sessions: https://docs.stripe.com/api/customer_portal/sessions."""

from sandbox.billing.periods import HOUR
from sandbox.billing.portal_configurations import default_configuration
from sandbox.engine.account import Account, Resource
from sandbox.engine.ids import random_text
from sandbox.engine.operations import operation
from sandbox.errors import invalid, missing_resource, not_in_sandbox

_SUPPORTED = {"configuration", "customer", "flow_data", "locale", "return_url"}
_FLOWS = frozenset({"payment_method_update", "subscription_cancel"})  # each named as its feature
LIFETIME = HOUR


@operation("POST", "/v1/billing_portal/sessions", takes=_SUPPORTED)
async def create_portal_session(account: Account, params: Resource) -> Resource:
    """Raises when a flow is asked for that the configuration does not offer."""
    customer = await account.get("customer", params.get("customer", ""), param="customer")
    configuration = await _configuration(account, params)
    flow = await _read_flow(account, params.get("flow_data"), configuration, customer)
    session = account.add(
        "billing_portal.session",
        {
            "_expires_at": account.now + LIFETIME,
            "_token": random_text(40),
            "configuration": configuration["id"],
            "customer": customer["id"],
            "flow": flow,
            "locale": params.get("locale"),
            "on_behalf_of": None,
            "return_url": params.get("return_url") or configuration["default_return_url"],
        },
    )
    session["url"] = f"{account.public_url}/p/session/{session['id']}/{session['_token']}"
    return session


async def _configuration(account: Account, params: Resource) -> Resource:
    if name := params.get("configuration"):
        return await account.get("billing_portal.configuration", name, param="configuration")
    return await default_configuration(account)


async def _read_flow(
    account: Account, wanted: Resource | None, configuration: Resource, customer: Resource
) -> Resource | None:
    if wanted is None:
        return None
    kind = wanted["type"]
    if kind not in _FLOWS:
        raise not_in_sandbox(f"the portal flow {kind}")
    if not configuration["features"][kind]["enabled"]:
        raise invalid(
            f"This flow cannot be created because the `{kind}` feature is disabled in the "
            "portal configuration.",
            param="flow_data[type]",
        )
    flow: Resource = {
        "after_completion": _after_completion(wanted.get("after_completion")),
        "subscription_cancel": None,
        "subscription_update": None,
        "subscription_update_confirm": None,
        "type": kind,
    }
    if kind == "subscription_cancel":
        flow["subscription_cancel"] = await _read_cancel(account, wanted, customer)
    return flow


def _after_completion(wanted: Resource | None) -> Resource:
    empty = {"hosted_confirmation": None, "redirect": None, "type": "portal_homepage"}
    return {**empty, **(wanted or {})}


async def _read_cancel(account: Account, wanted: Resource, customer: Resource) -> Resource:
    param = "flow_data[subscription_cancel][subscription]"
    name = wanted.get("subscription_cancel", {}).get("subscription", "")
    subscription = await account.get("subscription", name, param=param)
    if subscription["customer"] != customer["id"]:
        raise missing_resource("subscription", name, param=param)
    if subscription["cancel_at"] is not None or subscription["status"] == "canceled":
        raise invalid("This subscription is already set to be canceled.", param=param)
    return {"retention": None, "subscription": name}
