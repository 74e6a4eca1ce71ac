"""The data set's Stripe account, in a sandbox: a living subscription of so many organizations."""

import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from bench.database import fresh_database
from bench.dataset import key
from bench.measuring import LOAD_CPU, free_port, running

API_KEY = "sk_test_bench"
SEATS = 70
COPYING_SECONDS = 3600

NUMBERED = "(SELECT id, substring(name FROM '[0-9]+$')::int AS number FROM organizations)"
NAMED = f"""
UPDATE organizations SET stripe_customer_id = CASE
    WHEN number = 0 THEN $1 WHEN number < $2 THEN $1 || '_' || number END
FROM {NUMBERED} AS numbered WHERE numbered.id = organizations.id
"""  # noqa: S608 # our own words
FIRST = "UPDATE subscriptions SET stripe_subscription_id = $1 WHERE organization_id = $2"
MIRRORED = f"""
UPDATE subscriptions AS s SET
    stripe_subscription_id = first.stripe_subscription_id || '_' || number,
    stripe_item_id = first.stripe_item_id || '_' || number,
    status = CASE WHEN number < $2 THEN first.status ELSE 'CANCELED' END,
    plan_code = first.plan_code, price_id = first.price_id, seats = first.seats,
    began_at = first.began_at, current_period_start = first.current_period_start,
    current_period_end = first.current_period_end, discount_ids = first.discount_ids,
    ended_at = CASE WHEN number < $2 THEN NULL ELSE first.began_at END,
    deactivates_at = NULL, deactivated_at = NULL, warned_at = NULL
FROM {NUMBERED} AS numbered,
    (SELECT * FROM subscriptions WHERE organization_id = $1 AND is_current) AS first
WHERE numbered.id = s.organization_id AND number > 0
"""  # noqa: S608 # our own words


@dataclass(frozen=True, slots=True)
class Account:
    """Where it is, and what the first organization has there."""

    url: str
    customer: str
    subscription: str
    price: str

    @property
    def environment(self) -> Mapping[str, str]:
        """How a program finds it."""
        return {"SEATWISE_SANDBOX_URL": self.url, "SEATWISE_SANDBOX_API_KEY": API_KEY}


@asynccontextmanager
async def serving_account(data_dir: Path, subscriptions: int) -> AsyncIterator[Account]:
    """The sandbox, in a process and a database of its own, with so many subscriptions."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    async with fresh_database(data_dir, "bench_stripe") as database_url:
        unlogged = f"{database_url}&log_statement=none"  # its statements are not those counted
        options = ("--port", str(port), "--database-url", unlogged)
        command = (sys.executable, "-m", "sandbox", *options)
        async with (
            running(command, {"PATH": "/usr/bin:/bin"}, port=port, cores=LOAD_CPU),
            httpx.AsyncClient(
                base_url=url,
                headers={"Authorization": f"Bearer {API_KEY}"},
                timeout=COPYING_SECONDS,
            ) as stripe,
        ):
            yield await _subscribe(stripe, url, subscriptions)


async def _subscribe(stripe: httpx.AsyncClient, url: str, number: int) -> Account:
    """The first one's subscription is bought as anybody's, the others are copies of it."""

    async def post(path: str, **form: Any) -> str:
        answer = await stripe.post(path, data=form)
        made: str = answer.raise_for_status().json()["id"]
        return made

    product = await post("/v1/products", name="Business")
    terms = {"product": product, "unit_amount": 4000, "recurring[interval]": "month"}
    price = await post("/v1/prices", currency="usd", **terms)
    customer = await post("/v1/customers", name="organization-0")
    card = await post("/v1/payment_methods", type="card", **{"card[token]": "tok_visa"})
    await post(f"/v1/payment_methods/{card}/attach", customer=customer)
    item = {"items[0][price]": price, "items[0][quantity]": SEATS}
    subscription = await post(
        "/v1/subscriptions", customer=customer, default_payment_method=card, **item
    )
    if number > 1:
        copies = f"/_control/subscriptions/{subscription}/copies"
        (await stripe.post(copies, json={"count": number - 1})).raise_for_status()
    return Account(url, customer, subscription, price)


async def name_customers(
    connection: "asyncpg.Connection[Any]", account: Account, number: int
) -> None:
    """So many organizations become customers; the first one's subscription can be fetched then."""
    await connection.execute("UPDATE prices SET stripe_price_id = $1", account.price)
    await connection.execute(NAMED, account.customer, number)
    await connection.execute(FIRST, account.subscription, key("organization", 0))


async def mirror(connection: "asyncpg.Connection[Any]", number: int) -> None:
    """The others have what the first one was found to have, or had it once."""
    await connection.execute(MIRRORED, key("organization", 0), number)
    for table in ("organizations", "subscriptions"):
        await connection.execute(f"VACUUM ANALYZE {table}")
