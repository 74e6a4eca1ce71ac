"""What customers may do in the portal: https://docs.stripe.com/api/customer_portal/configurations."""

import copy

from sandbox.billing.values import merge_metadata, unset_if_empty, update_fields
from sandbox.engine.account import Account, Resource
from sandbox.engine.listing import list_page
from sandbox.engine.operations import PAGE, operation
from sandbox.errors import not_in_sandbox

_FIELDS = {
    "business_profile", "default_return_url", "features", "login_page", "metadata", "name",
}  # fmt: skip
_KIND = "billing_portal.configuration"
_URL = "/v1/billing_portal/configurations"
_REASONS = [
    "too_expensive", "missing_features", "switched_service", "unused", "customer_service",
    "too_complex", "low_quality", "other",
]  # fmt: skip
_FEATURES: Resource = {
    "customer_update": {"allowed_updates": [], "enabled": False},
    "invoice_history": {"enabled": False},
    "payment_method_update": {"enabled": False, "payment_method_configuration": None},
    "subscription_cancel": {
        "cancellation_reason": {"enabled": False, "options": _REASONS},
        "enabled": False,
        "mode": "at_period_end",
        "proration_behavior": "none",
    },
    "subscription_pause": {"duration": {"interval_options": [], "type": "indefinite"},
                           "enabled": False},
    "subscription_update": {
        "billing_cycle_anchor": None,
        "default_allowed_updates": [],
        "enabled": False,
        "products": None,
        "proration_behavior": "none",
        "schedule_at_period_end": {"conditions": []},
        "trial_update_behavior": "end_trial",
    },
}  # fmt: skip
_DEFAULTS: Resource = {
    "customer_update": {"allowed_updates": ["email", "address"], "enabled": True},
    "invoice_history": {"enabled": True},
    "payment_method_update": {"enabled": True},
    "subscription_cancel": {"enabled": True},
}


@operation("POST", _URL, takes=_FIELDS)
async def _create_configuration(account: Account, params: Resource) -> Resource:
    return _add(account, params, is_default=False)


def _check_features(features: Resource) -> None:
    """Features that the portal's page does not have.

    Raises:
        StripeError: `sandbox_not_implemented`.
    """
    for name in ("subscription_pause", "subscription_update"):
        if features.get(name, {}).get("enabled"):
            raise not_in_sandbox(f"the portal feature {name}")


def _add(account: Account, params: Resource, *, is_default: bool) -> Resource:
    _check_features(params["features"])
    profile = {"headline": None, "privacy_policy_url": None, "terms_of_service_url": None}
    login = params.get("login_page", {"enabled": False})
    return account.add(
        _KIND,
        {
            "active": True,
            "application": None,
            "business_profile": profile | _unset(params.get("business_profile", {})),
            "default_return_url": unset_if_empty(params.get("default_return_url")),
            "features": _merge(copy.deepcopy(_FEATURES), params["features"]),
            "is_default": is_default,
            "login_page": {**login, "url": None},
            "metadata": merge_metadata({}, params.get("metadata", {})),
            "name": unset_if_empty(params.get("name")),
            "updated": account.now,
        },
    )


def _merge(features: Resource, wanted: Resource) -> Resource:
    """Lays what is given over what there is, key by key."""
    for key, value in wanted.items():
        if isinstance(value, dict) and isinstance(features.get(key), dict):
            features[key] = _merge(features[key], value)
        else:
            features[key] = [] if value == "" else value
    return features


def _unset(values: Resource) -> Resource:
    return {key: unset_if_empty(value) for key, value in values.items()}


async def default_configuration(account: Account) -> Resource:
    """The configuration of the dashboard, made at its first use."""
    found = await account.select(_KIND, where={"is_default": True}, limit=1)
    return found[0] if found else _add(account, {"features": _DEFAULTS}, is_default=True)


@operation("GET", f"{_URL}/{{configuration}}")
async def _retrieve_configuration(
    account: Account,
    params: Resource,  # noqa: ARG001 # none beside expand
    configuration: str,
) -> Resource:
    return await account.get(_KIND, configuration)


@operation("POST", f"{_URL}/{{configuration}}", takes=_FIELDS | {"active"})
async def _update_configuration(account: Account, params: Resource, configuration: str) -> Resource:
    found = await account.get(_KIND, configuration)
    update_fields(found, params, ("active", "default_return_url", "name"))
    found["business_profile"] |= _unset(params.get("business_profile", {}))
    _check_features(params.get("features", {}))
    found["features"] = _merge(found["features"], params.get("features", {}))
    found["updated"] = account.now
    account.emit("billing_portal.configuration.updated", found)
    return found


@operation("GET", _URL, takes=PAGE | {"active", "is_default"})
async def _list_configurations(account: Account, params: Resource) -> Resource:
    where: Resource = {key: params[key] for key in ("active", "is_default") if key in params}
    return await list_page(account, _KIND, params, url=_URL, where=where)
