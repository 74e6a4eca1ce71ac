"""What keeps the sandbox honest is itself tested: a name that moves in the SDK is told by name."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import Settings, create_app
from sandbox.billing import register_all
from sandbox.engine.operations import list_operations
from sandbox.errors import StripeError
from sandbox.sdk.answers import DishonestAnswerError, check_object, shape_of_object
from sandbox.sdk.forms import decode_form
from sandbox.sdk.params import read_params
from sandbox.sdk.routes import Route, list_routes
from sandbox.sdk.shapes import AnyOf, Anything, DictOf, Fields, ListOf, Nullable, Reference, Shape
from tests.conftest import ServeApp
from tests.sandbox.worlds import Shop, new_world

UNTYPED_BY_THE_SDK = {
    "Event.Data.object",  # checked by the class that its `object` names
    "Event.Data.previous_attributes",
    "PaymentIntent.NextAction.use_stripe_sdk",
    "SetupIntent.NextAction.use_stripe_sdk",
}


def implemented() -> Iterator[Route]:
    register_all()
    operations = list_operations()
    for route in list_routes():
        if (route.verb, route.path) in operations:
            yield route


def unchecked(shape: Shape, place: str, seen: set[int]) -> Iterator[str]:
    """The fields below a shape at which any value passes."""
    match shape:
        case Anything():
            yield place
        case Fields() if id(shape) not in seen:
            seen.add(id(shape))
            for name, field in shape.fields.items():
                yield from unchecked(field, f"{shape.name}.{name}", seen)
        case ListOf() | DictOf() | Nullable():
            yield from unchecked(shape.item, place, seen)
        case Reference():
            yield from unchecked(shape.target, place, seen)
        case AnyOf():
            for option in shape.options:
                yield from unchecked(option, place, seen)
        case _:
            return


def test_nothing_is_left_unchecked_that_the_sdk_describes() -> None:
    seen: set[int] = set()
    found = {
        place
        for route in implemented()
        for shape in (route.params, route.answers)
        for place in unchecked(shape, route.path, seen)
    }
    assert found == UNTYPED_BY_THE_SDK


class Renamed:
    """The SDK of some day to come, which calls a field otherwise."""

    def __init__(self, shape: Fields, old: str, new: str) -> None:
        fields, required = dict(shape.fields), set(shape.required)
        fields[new] = fields.pop(old)
        if old in required:
            required ^= {old, new}
        self.compiled = fields, frozenset(required)

    def instead_of(self, shape: Fields, patch: pytest.MonkeyPatch) -> None:
        patch.setattr(shape, "_compiled", self.compiled)


@pytest.mark.parametrize(
    ("old", "told"),
    [
        ("ended_at", "subscription.ended_at: unknown to the SDK"),
        ("status", "subscription.status: unknown to the SDK"),
        ("status", "subscription.new_name: missing"),
    ],
)
async def test_a_field_that_is_renamed_is_told_by_its_name(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, old: str, told: str
) -> None:
    subscription = await subscribe(shop)
    check_object(subscription)
    shape = shape_of_object("subscription")
    Renamed(shape, old, "new_name").instead_of(shape, monkeypatch)
    with pytest.raises(DishonestAnswerError) as raised:
        check_object(subscription)
    assert told in str(raised.value)


def test_a_parameter_that_is_renamed_is_told_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    [route] = [one for one in implemented() if one.path == "/v1/products" and one.verb == "POST"]
    form = decode_form("name=Pro&unit_label=seat")
    assert read_params(route.params, form) == {"name": "Pro", "unit_label": "seat"}
    Renamed(route.params, "unit_label", "new_name").instead_of(route.params, monkeypatch)
    with pytest.raises(StripeError, match="unit_label"):
        read_params(route.params, form)


async def test_an_event_that_stripe_does_not_know_never_leaves(shop: Shop) -> None:
    subscription = await subscribe(shop)
    listed = await shop.world.http.get("/v1/events", params={"limit": "1"})
    event = listed.json()["data"][0]
    check_object(event)
    with pytest.raises(DishonestAnswerError, match=r"event\.type: 'subscription\.made' is none of"):
        check_object({**event, "type": "subscription.made"})
    assert subscription["object"] == "subscription"


async def test_what_would_have_been_a_lie_is_kept_for_the_end_of_the_suite(
    postgres_url: str, serve_app: ServeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a sandbox of its own: the end of the suite asks the others that there was nothing."""
    app = create_app(Settings(database_url=postgres_url))
    async with serve_app(app) as url, new_world(url) as world:
        form = {"duration": "once", "percent_off": "10"}
        assert (await world.http.post("/v1/coupons", data=form)).status_code == 200
        assert await world.control("GET", "/failures") == {"failures": []}
        shape = shape_of_object("coupon")
        Renamed(shape, "percent_off", "new_name").instead_of(shape, monkeypatch)
        refused = await world.http.post("/v1/coupons", data=form)
        [failure] = (await world.control("GET", "/failures"))["failures"]
    assert refused.status_code == 500
    told = "coupon.percent_off: unknown to the SDK"
    assert told in refused.json()["error"]["message"]
    assert failure.startswith("POST /v1/coupons: DishonestAnswerError")
    assert told in failure


async def subscribe(shop: Shop) -> dict[str, Any]:
    http = shop.world.http
    customer = (await http.post("/v1/customers", data={"name": "Acme"})).json()["id"]
    attached = await http.post(
        "/v1/payment_methods/pm_card_visa/attach", data={"customer": customer}
    )
    form = {"customer": customer, "items[0][price]": shop.monthly, "items[0][quantity]": "1"}
    form["default_payment_method"] = attached.json()["id"]
    made: dict[str, Any] = (await http.post("/v1/subscriptions", data=form)).json()
    return made
