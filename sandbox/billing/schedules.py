"""Subscription schedules: https://docs.stripe.com/billing/subscriptions/subscription-schedules.

A schedule is made from a subscription, given phases, and stays attached until it is released, even
after its last phase has begun.
"""

from sandbox.billing.cancelling import end_subscription
from sandbox.billing.changing import Change, change_items
from sandbox.billing.discounts import give_discounts
from sandbox.billing.items import period_of, planned_price, rhythm_of
from sandbox.billing.phases import phase_of_subscription, read_phases, show_discount
from sandbox.billing.updating import bill_change
from sandbox.billing.values import merge_metadata
from sandbox.engine.account import Account, Resource
from sandbox.engine.due import when
from sandbox.engine.listing import list_page
from sandbox.engine.operations import PAGE, operation
from sandbox.errors import invalid, not_in_sandbox

_KIND = "subscription_schedule"
_URL = "/v1/subscription_schedules"
_UPDATES = {"end_behavior", "metadata", "phases", "proration_behavior"}
_RUNNING = ("trialing", "active", "past_due")


@operation("POST", _URL, takes={"billing_mode", "from_subscription", "metadata"})
async def _create_schedule(account: Account, params: Resource) -> Resource:
    if "from_subscription" not in params:
        raise not_in_sandbox("schedules that start a new subscription")
    subscription = await account.get(
        "subscription", params["from_subscription"], param="from_subscription"
    )
    _check_free(subscription)
    schedule = account.add(_KIND, await _new_schedule(account, subscription))
    schedule["metadata"] = merge_metadata({}, params.get("metadata") or {})
    subscription["schedule"] = schedule["id"]
    account.emit("subscription_schedule.created", schedule)
    account.emit("customer.subscription.updated", subscription)
    return schedule


def _check_free(subscription: Resource) -> None:
    if subscription["status"] not in _RUNNING:
        raise invalid(
            f"You cannot create a schedule from a subscription that is {subscription['status']}."
        )
    if subscription["schedule"]:
        raise invalid(
            "You cannot migrate a subscription that is already attached to a schedule: "
            f"{subscription['schedule']}.",
            param="from_subscription",
        )


async def _new_schedule(account: Account, subscription: Resource) -> Resource:
    period = period_of(subscription)
    discounts = [await account.get("discount", key) for key in subscription["discounts"]]
    phase = phase_of_subscription(
        subscription,
        start=period.start,
        end=period.end,
        discounts=[
            show_discount(found["source"]["coupon"], found["promotion_code"]) for found in discounts
        ],
    )
    return {
        "application": None,
        "billing_mode": dict(subscription["billing_mode"]),
        "canceled_at": None,
        "completed_at": None,
        "current_phase": {"start_date": period.start, "end_date": period.end},
        "customer": subscription["customer"],
        "default_settings": {
            "application_fee_percent": None,
            "billing_cycle_anchor": "automatic",
            "billing_thresholds": None,
            "collection_method": "charge_automatically",
            "default_payment_method": subscription["default_payment_method"],
            "description": None,
            "invoice_settings": {"issuer": {"type": "self"}},
            "on_behalf_of": None,
            "transfer_data": None,
        },
        "end_behavior": "release",
        "pause_schedules": [],
        "phases": [phase],
        "released_at": None,
        "released_subscription": None,
        "status": "active",
        "subscription": subscription["id"],
        "test_clock": None,
    }


@operation("GET", f"{_URL}/{{schedule}}")
async def _retrieve_schedule(account: Account, params: Resource, schedule: str) -> Resource:  # noqa: ARG001 # none beside expand
    return await account.get(_KIND, schedule)


@operation("GET", _URL, takes=PAGE | {"customer"})
async def _list_schedules(account: Account, params: Resource) -> Resource:
    where = {"status": "released"} if params.get("released_at") else None
    return await list_page(account, _KIND, params, url=_URL, where=where)


@operation("POST", f"{_URL}/{{schedule}}", takes=_UPDATES)
async def update_schedule(account: Account, params: Resource, schedule: str) -> Resource:
    """Metadata, phases, and what follows them; previews rehearse it."""
    found = await _get_active(account, schedule)
    subscription = await account.get("subscription", found["subscription"])
    if "metadata" in params:
        found["metadata"] = merge_metadata(found["metadata"], params["metadata"] or {})
    if behavior := params.get("end_behavior"):
        if behavior not in ("release", "cancel"):
            raise not_in_sandbox(f"end_behavior={behavior}")
        found["end_behavior"] = behavior
    if "phases" in params:
        await _replace_phases(account, found, subscription, params)
    account.emit("subscription_schedule.updated", found)
    account.emit("customer.subscription.updated", subscription)
    return found


async def _get_active(account: Account, schedule: str) -> Resource:
    found = await account.get(_KIND, schedule)
    if found["status"] != "active":
        raise invalid(
            "You cannot change a subscription schedule that is currently in the "
            f"`{found['status']}` status."
        )
    return found


async def _replace_phases(
    account: Account, schedule: Resource, subscription: Resource, params: Resource
) -> None:
    """Phases that are over stay; what the current one changes counts at once."""
    start = schedule["current_phase"]["start_date"]
    past = [phase for phase in schedule["phases"] if phase["end_date"] <= start]
    phases = await read_phases(account, subscription, params["phases"], start=start)
    schedule["phases"] = past + phases
    current = phases[0]
    schedule["current_phase"] = _dates(current)
    proration = params.get("proration_behavior", "create_prorations")
    await _change_now(account, subscription, current, proration=proration)


def _dates(phase: Resource) -> Resource:
    return {"start_date": phase["start_date"], "end_date": phase["end_date"]}


async def _change_now(
    account: Account, subscription: Resource, phase: Resource, *, proration: str
) -> None:
    await _discount(account, subscription, phase)
    change = Change(
        items=await _wanted_items(account, subscription, phase),
        proration=proration,  # type: ignore[arg-type] # the SDK's types have checked it
        at=account.now,
    )
    await bill_change(account, subscription, change, behavior="allow_incomplete")


async def _wanted_items(
    account: Account, subscription: Resource, phase: Resource
) -> list[Resource]:
    """The phase's items as changes: place by place, the rest is removed or added."""
    current, wanted = subscription["items"]["data"], phase["items"]
    changes = [
        {
            "price": item["price"],
            "_price": await planned_price(account, item["price"]),
            "quantity": item["quantity"],
        }
        for item in wanted
    ]
    for change, item in zip(changes, current, strict=False):
        change["id"] = item["id"]
    return changes + [{"id": item["id"], "deleted": True} for item in current[len(wanted) :]]


async def _discount(account: Account, subscription: Resource, phase: Resource) -> None:
    """A phase that names no discounts has none; a coupon that was deleted since counts no more."""
    pairs = [
        (entry["coupon"], entry["promotion_code"])
        for entry in phase["discounts"]
        if await account.find(entry["coupon"])
    ]
    await give_discounts(account, subscription, pairs)


def phase_at(schedule: Resource, *, at: int) -> Resource | None:
    """The phase that begins at a moment."""
    if schedule["status"] != "active":
        return None
    return next((phase for phase in schedule["phases"] if phase["start_date"] == at), None)


async def begin_phase(account: Account, subscription: Resource, phase: Resource) -> None:
    """Sets what is subscribed. At the end of a period the renewal bills it; else it is prorated."""
    if period_of(subscription).end > account.now:
        await _change_now(account, subscription, phase, proration=phase["proration_behavior"])
        return
    before = rhythm_of(subscription["items"]["data"])
    await _discount(account, subscription, phase)
    await change_items(account, subscription, await _wanted_items(account, subscription, phase))
    if rhythm_of(subscription["items"]["data"]) != before:
        subscription["billing_cycle_anchor"] = account.now


@when(_KIND, lambda s: s["current_phase"]["end_date"] if s["status"] == "active" else None)
async def advance_schedule(account: Account, schedule: Resource) -> None:
    """The next phase begins; after the last one the schedule lets go, or ends the subscription."""
    subscription = await account.get("subscription", schedule["subscription"])
    phase = phase_at(schedule, at=schedule["current_phase"]["end_date"])
    if phase is not None:
        schedule["current_phase"] = _dates(phase)
        await begin_phase(account, subscription, phase)
        account.emit("subscription_schedule.updated", schedule)
    elif schedule["end_behavior"] == "cancel":
        schedule |= {"completed_at": account.now, "current_phase": None, "status": "completed"}
        account.emit("subscription_schedule.completed", schedule)
        await end_subscription(account, subscription, reason="cancellation_requested")
    else:
        _let_go(account, schedule, subscription)
    account.emit("customer.subscription.updated", subscription)


def _let_go(account: Account, schedule: Resource, subscription: Resource) -> None:
    schedule |= {
        "current_phase": None,
        "released_at": account.now,
        "released_subscription": subscription["id"],
        "status": "released",
        "subscription": None,
    }
    subscription["schedule"] = None
    account.emit("subscription_schedule.released", schedule)


@operation("POST", f"{_URL}/{{schedule}}/release")
async def _release_schedule(account: Account, params: Resource, schedule: str) -> Resource:  # noqa: ARG001 # nothing to preserve
    """The subscription goes on as it is; what was planned is off."""
    found = await _get_active(account, schedule)
    subscription = await account.get("subscription", found["subscription"])
    _let_go(account, found, subscription)
    account.emit("customer.subscription.updated", subscription)
    return found


@operation("POST", f"{_URL}/{{schedule}}/cancel")
async def _cancel_schedule(account: Account, params: Resource, schedule: str) -> Resource:  # noqa: ARG001 # none beside expand
    """Ends the subscription with it. The sandbox neither bills nor prorates here."""
    found = await _get_active(account, schedule)
    subscription = await account.get("subscription", found["subscription"])
    await end_subscription(account, subscription, reason="cancellation_requested")
    return found
