"""Where the scenarios run: in the sandbox, or in a Stripe test account."""

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from db.enums import BillingInterval
from db.models import Organization
from services.catalogue import read_catalogue_file
from tests.services.billing_world import Payer
from tests.stack import Stack

CATALOGUE = Path(__file__).parent / "catalog.toml"
PRO, BUSINESS = "SUITE_PRO", "SUITE_BUSINESS"
VISA = "pm_card_visa"
FAILS_WHEN_CHARGED = "pm_card_chargeCustomerFail"
_CLOCK_SECONDS = 300
"""How long Stripe may take to move a test clock."""


@dataclass
class Account:
    """An account of Stripe's, or one of the sandbox, with what the scenarios left in it."""

    stack: Stack
    is_real: bool
    clocks: list[str] = field(default_factory=list)

    async def push(self) -> tuple[str, ...]:
        """Push the suite's catalogue; what was changed."""
        report = await self.stack.services.catalogue.push(read_catalogue_file(CATALOGUE))
        return report.changes

    async def new_payer(self) -> "AccountPayer":
        """An organization on the free plan, whose name nobody else has in the account."""
        name = f"suite-{secrets.token_hex(4)}"
        owner = await self.stack.user(name)
        organization = await self.stack.organization(owner, name)
        return AccountPayer(self.stack, owner, organization, account=self)

    async def clean_up(self) -> None:
        """Delete the customers, and with them their subscriptions; the clocks."""
        async with self.stack.services.database.begin() as transaction:
            listed = await transaction.session.execute(select(Organization.stripe_customer_id))
            customers = [one for one in listed.scalars() if one]
        for clock in self.clocks:  # deletes its customers
            await self.stack.http.delete(f"/v1/test_helpers/test_clocks/{clock}")
        for customer in customers:
            await self.stack.http.delete(f"/v1/customers/{customer}")


@dataclass
class AccountPayer(Payer):
    """An organization that pays by a test card, without a browser."""

    account: Account = field(kw_only=True)
    _clock: str | None = None
    _customer: str | None = None

    async def subscribe(self, *, seats: int, plan: str = PRO, by_clock: bool = False) -> None:
        """What a paid checkout leaves. `by_clock`: time can be passed afterwards."""
        customer = await self._make_customer(by_clock=by_clock)
        snapshot = await self.stack.services.catalogue.snapshot()
        [price] = [
            one for one in snapshot.plan(plan).prices if one.interval is BillingInterval.MONTHLY
        ]
        form: dict[str, Any] = {
            "customer": customer,
            "items[0][price]": price.stripe_price_id,
            "items[0][quantity]": str(seats),
            "default_payment_method": await self._attach(VISA),
            "metadata[organization_id]": str(self.id),
        }
        await self.stack.stripe("POST", "/v1/subscriptions", **form)
        await self.sync()

    async def pay_by(self, card: str) -> None:
        """Charge the subscription to another test card from now on."""
        path = f"/v1/subscriptions?customer={self._customer}"
        [subscription] = (await self.stack.stripe("GET", path))["data"]
        form = {"default_payment_method": await self._attach(card)}
        await self.stack.stripe("POST", f"/v1/subscriptions/{subscription['id']}", **form)

    async def pass_time(self, by: timedelta) -> None:
        """In a real account only the time of this payer's clock passes."""
        if not self.account.is_real:
            await super().pass_time(by)
            return
        path = f"/v1/test_helpers/test_clocks/{self._clock}"
        clock = await self.stack.stripe("GET", path)
        to = clock["frozen_time"] + int(by.total_seconds())
        await self.stack.stripe("POST", f"{path}/advance", frozen_time=str(to))
        async with asyncio.timeout(_CLOCK_SECONDS):
            while (await self.stack.stripe("GET", path))["status"] != "ready":  # noqa: ASYNC110 # Stripe has no better way
                await asyncio.sleep(2)
        await self.stack.services.clock.advance(self.stack.services.database, by)
        await self.sync()

    async def _make_customer(self, *, by_clock: bool) -> str:
        form = {"name": "Seatwise's tests", "metadata[organization_id]": str(self.id)}
        if by_clock and self.account.is_real:
            path = "/v1/test_helpers/test_clocks"
            clock = await self.stack.stripe("POST", path, frozen_time=str(int(time.time())))
            self._clock = form["test_clock"] = clock["id"]
            self.account.clocks.append(clock["id"])
        customer: str = (await self.stack.stripe("POST", "/v1/customers", **form))["id"]
        async with self.stack.services.database.begin() as transaction:
            await transaction.session.execute(
                update(Organization)
                .where(Organization.id == self.id)
                .values(stripe_customer_id=customer)
            )
        self._customer = customer
        return customer

    async def _attach(self, card: str) -> str:
        assert self._customer is not None
        attach = f"/v1/payment_methods/{card}/attach"
        method: str = (await self.stack.stripe("POST", attach, customer=self._customer))["id"]
        return method
