"""The catalogue, pushed to the real sandbox and the real database."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any, cast

import asyncpg
import pytest

from db.catalogue import CATALOGUE_CHANNEL
from db.database import Database
from db.enums import BillingInterval
from services.catalogue import (
    Catalogue,
    CatalogueFile,
    CatalogueNotPushedError,
    CatalogueSnapshot,
)
from services.catalogue import (
    catalogue as catalogue_module,
)
from services.clock import Clock
from services.stripe_gateway import StripeGateway, StripeHTTPGateway, StripePrice
from services.views import PriceView
from tests.services.interrupted_gateway import InterruptedGateway, ProcessDiedError

FREE = {"code": "FREE", "name": "Free", "description": "Alone."}
PRO = {
    "code": "PRO",
    "name": "Pro",
    "description": "Together.",
    "features": ["2 to 50 seats"],
    "minimum_seats": 2,
    "maximum_seats": 50,
    "monthly": {"usd": "25.00"},
    "annual": {"usd": "240.00"},
}
BUSINESS = PRO | {"code": "BUSINESS", "name": "Business", "monthly": {"usd": "40.00"}}


def file(*plans: dict[str, Any]) -> CatalogueFile:
    return CatalogueFile.model_validate({"plan": [FREE, *plans]})


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def account(sandbox_process: str) -> AsyncIterator[StripeHTTPGateway]:
    """A Stripe account of the test's own, empty."""
    gateway = StripeHTTPGateway(f"sk_test_{uuid.uuid4().hex}", base_url=sandbox_process)
    yield gateway
    await gateway.aclose()


@pytest.fixture
def catalogue(database: Database, account: StripeHTTPGateway) -> Catalogue:
    return Catalogue(database, account, Clock())


def monthly(snapshot: CatalogueSnapshot, code: str = "PRO") -> PriceView:
    plan = snapshot.plan(code)
    price = snapshot.price_on_sale(plan, interval=BillingInterval.MONTHLY, currency="usd")
    assert price is not None
    return price


async def prices_at(account: StripeHTTPGateway, code: str = "pro") -> dict[str, StripePrice]:
    return {price.id: price for price in await account.list_prices(f"seatwise_{code}")}


async def test_what_was_pushed_is_for_sale_here_and_at_stripe(
    catalogue: Catalogue, account: StripeHTTPGateway
) -> None:
    await catalogue.push(file(PRO, BUSINESS))

    snapshot = await catalogue.snapshot()
    assert [plan.code for plan in snapshot.plans] == ["FREE", "PRO", "BUSINESS"]
    assert snapshot.free.maximum_seats == 1
    pro = snapshot.plan("PRO")
    assert (pro.features, pro.minimum_seats, pro.maximum_seats) == (("2 to 50 seats",), 2, 50)
    assert [price.unit_amount for price in pro.prices] == [2500, 24000]
    at_stripe = await prices_at(account)
    assert {
        (at_stripe[price.stripe_price_id].unit_amount, at_stripe[price.stripe_price_id].lookup_key)
        for price in pro.prices
    } == {(2500, "seatwise_pro_monthly_usd"), (24000, "seatwise_pro_annual_usd")}
    product = await account.get_product("seatwise_pro")
    assert product is not None
    assert (product.name, product.description, product.active) == ("Pro", "Together.", True)


async def test_a_second_push_does_nothing_and_says_so(catalogue: Catalogue) -> None:
    first = await catalogue.push(file(PRO, BUSINESS))
    before = await catalogue.refresh()

    second = await catalogue.push(file(PRO, BUSINESS))

    assert len(first.changes) == 14  # 2 products and 4 prices there, 3 plans, 4 prices, portal here
    assert second.changes == ()
    assert (await catalogue.refresh()).plans == before.plans


async def test_a_changed_amount_is_a_new_price_and_the_old_one_still_resolves(
    catalogue: Catalogue, account: StripeHTTPGateway
) -> None:
    await catalogue.push(file(PRO))
    old = monthly(await catalogue.snapshot())

    await catalogue.push(file(PRO | {"monthly": {"usd": "30.00"}}))

    snapshot = await catalogue.snapshot()
    new = monthly(snapshot)
    assert (new.unit_amount, new.archived) == (3000, False)
    assert (snapshot.price(old.id).unit_amount, snapshot.price(old.id).archived) == (2500, True)
    assert snapshot.price_of_stripe(old.stripe_price_id) == snapshot.price(old.id)
    at_stripe = await prices_at(account)
    assert not at_stripe[old.stripe_price_id].active
    assert at_stripe[new.stripe_price_id].active
    assert at_stripe[new.stripe_price_id].lookup_key == "seatwise_pro_monthly_usd"


async def test_an_amount_that_comes_back_is_the_price_it_was(
    catalogue: Catalogue, account: StripeHTTPGateway
) -> None:
    await catalogue.push(file(PRO))
    old = monthly(await catalogue.snapshot())
    await catalogue.push(file(PRO | {"monthly": {"usd": "30.00"}}))

    await catalogue.push(file(PRO))

    assert monthly(await catalogue.snapshot()) == old
    at_stripe = await prices_at(account)
    assert len(at_stripe) == 3
    assert at_stripe[old.stripe_price_id].lookup_key == "seatwise_pro_monthly_usd"


async def test_a_plan_that_left_is_archived_and_may_come_back(
    catalogue: Catalogue, account: StripeHTTPGateway
) -> None:
    await catalogue.push(file(PRO, BUSINESS))
    before = await catalogue.snapshot()

    await catalogue.push(file(BUSINESS))
    gone = await catalogue.snapshot()
    product = await account.get_product("seatwise_pro")
    assert product is not None
    assert not product.active
    assert not any(price.active for price in (await prices_at(account)).values())
    assert [plan.code for plan in gone.plans] == ["FREE", "BUSINESS"]
    assert gone.plan("PRO").archived
    assert gone.plan_on_sale("PRO") is None
    assert gone.price(monthly(before).id).archived
    assert (await catalogue.push(file(BUSINESS))).changes == ()

    await catalogue.push(file(PRO, BUSINESS))
    assert (await catalogue.snapshot()).plans == before.plans
    product = await account.get_product("seatwise_pro")
    assert product is not None
    assert product.active


async def test_names_and_trials_change_without_a_new_price(
    catalogue: Catalogue, account: StripeHTTPGateway
) -> None:
    await catalogue.push(file(PRO))
    old = monthly(await catalogue.snapshot())

    await catalogue.push(file(PRO | {"name": "Professional", "trial_days": 14}))

    snapshot = await catalogue.snapshot()
    assert snapshot.plan("PRO").name == "Professional"
    assert (monthly(snapshot).id, monthly(snapshot).trial_days) == (old.id, 14)
    product = await account.get_product("seatwise_pro")
    assert product is not None
    assert product.name == "Professional"


async def test_the_order_of_the_file_is_the_rank(catalogue: Catalogue) -> None:
    await catalogue.push(file(PRO, BUSINESS))
    await catalogue.push(file(BUSINESS, PRO))
    snapshot = await catalogue.snapshot()
    assert [(plan.code, plan.rank) for plan in snapshot.plans] == [
        ("FREE", 0),
        ("BUSINESS", 1),
        ("PRO", 2),
    ]


async def test_what_a_person_did_in_the_dashboard_is_put_right_but_their_price_is_left_alone(
    catalogue: Catalogue, account: StripeHTTPGateway
) -> None:
    await catalogue.push(file(PRO))
    ours = monthly(await catalogue.snapshot())
    await account.archive_price(price_id=ours.stripe_price_id, idempotency_key="a")
    negotiated = await account.create_price(
        product_id="seatwise_pro",
        currency="usd",
        unit_amount=2500,
        interval=BillingInterval.MONTHLY,
        lookup_key="big_customer",
        metadata={},
        idempotency_key="b",
    )

    await catalogue.push(file(PRO))

    at_stripe = await prices_at(account)
    assert at_stripe[ours.stripe_price_id].active
    assert at_stripe[negotiated.id] == negotiated


async def test_another_account_gets_products_and_prices_of_its_own(
    catalogue: Catalogue, database: Database, sandbox_process: str
) -> None:
    await catalogue.push(file(PRO))
    old = monthly(await catalogue.snapshot())
    other = StripeHTTPGateway(f"sk_test_{uuid.uuid4().hex}", base_url=sandbox_process)

    await Catalogue(database, other, Clock()).push(file(PRO))

    new = monthly(await catalogue.refresh())
    assert new.stripe_price_id != old.stripe_price_id
    assert new.stripe_price_id in await prices_at(other)
    await other.aclose()


@pytest.mark.parametrize("after_work", [False, True])
async def test_a_push_that_dies_anywhere_is_completed_by_the_next(
    catalogue: Catalogue,
    database: Database,
    account: StripeHTTPGateway,
    *,
    after_work: bool,
) -> None:
    """From PRO at 25 and BUSINESS at 40, to PRO alone, at 30 and under another name."""
    origin = file(PRO | {"annual": {}}, BUSINESS | {"annual": {}})
    target = file(PRO | {"name": "Professional", "monthly": {"usd": "30.00"}, "annual": {}})
    deaths = 0
    while True:
        await catalogue.push(origin)
        interrupted = InterruptedGateway(account, at_write=deaths + 1, after_work=after_work)
        try:
            await Catalogue(database, cast("StripeGateway", interrupted), Clock()).push(target)
        except ProcessDiedError:
            deaths += 1
        else:
            break
        await assert_all_on_sale_can_be_bought(await catalogue.refresh(), account)

        await catalogue.push(target)

        assert (await catalogue.push(target)).changes == ()
        await assert_all_on_sale_can_be_bought(await catalogue.refresh(), account)
        on_sale = [price for price in (await prices_at(account)).values() if price.active]
        assert [price.unit_amount for price in on_sale] == [3000]
    assert deaths >= 5  # rename, new price, then the old price, the other plan's, and its product


async def assert_all_on_sale_can_be_bought(
    snapshot: CatalogueSnapshot, account: StripeHTTPGateway
) -> None:
    for plan in snapshot.plans:
        at_stripe = await prices_at(account, plan.code.lower()) if plan.prices else {}
        for price in plan.prices:
            assert at_stripe[price.stripe_price_id].active
            assert at_stripe[price.stripe_price_id].unit_amount == price.unit_amount


async def test_a_push_is_announced_when_it_changed_something(
    catalogue: Catalogue, database_url: str
) -> None:
    heard: list[str] = []
    listener = await asyncpg.connect(database_url)
    await listener.add_listener(CATALOGUE_CHANNEL, lambda *message: heard.append(str(message[2])))

    await catalogue.push(file(PRO))
    await catalogue.push(file(PRO))
    await listener.execute("SELECT 1")  # notifications come before its answer

    assert heard == [CATALOGUE_CHANNEL]
    await listener.close()


async def test_a_snapshot_is_kept_until_it_is_invalidated_or_old(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    await catalogue.push(file(PRO))
    first = await catalogue.snapshot()
    assert await catalogue.snapshot() is first

    catalogue.invalidate()
    second = await catalogue.snapshot()
    assert second is not first

    monkeypatch.setattr(catalogue_module, "FRESH_SECONDS", 0.0)
    third = await catalogue.refresh()
    assert await catalogue.snapshot() is not third


async def test_many_readers_of_an_old_snapshot_read_it_again_once(catalogue: Catalogue) -> None:
    await catalogue.push(file(PRO))
    first, *others = await asyncio.gather(*(catalogue.snapshot() for _ in range(20)))
    assert all(other is first for other in others)


async def test_a_price_that_is_not_known_yet_is_looked_for(
    catalogue: Catalogue, database: Database, account: StripeHTTPGateway
) -> None:
    await catalogue.push(file(PRO))
    before = await catalogue.snapshot()
    await Catalogue(database, account, Clock()).push(file(PRO | {"annual": {"usd": "200.00"}}))
    new = next(
        price
        for price in (await Catalogue(database, account, Clock()).snapshot()).plan("PRO").prices
        if price.unit_amount == 20000
    )
    assert not before.has_price(new.id)

    assert (await catalogue.snapshot(holding=[new.id])).price(new.id) == new


async def test_before_the_first_push_the_way_out_is_told(catalogue: Catalogue) -> None:
    with pytest.raises(CatalogueNotPushedError, match="seatwise catalog push"):
        await catalogue.snapshot()
