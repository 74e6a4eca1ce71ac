"""What always holds, whatever is changed, cancelled, paid or not paid, and whenever we hear of it.

Hypothesis drives one organization after the other through the real services, the real database and
the real sandbox. `sync` is not called after what happens at Stripe until the machine says so: that
is a webhook that comes late, or twice, or not at all.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from db.enums import DEAD, BillingInterval, ChangeTiming
from services.change_planning import ChangeRequest
from services.refusals import Refusal
from services.views import SubscriptionView
from tests.services.billing_world import ASKS_ALWAYS, DECLINED_LATER, VISA, Payer, new_payer
from tests.stack import Stack

T = TypeVar("T")
REQUESTS = st.builds(
    ChangeRequest,
    plan=st.sampled_from([None, "PRO", "BUSINESS"]),
    interval=st.sampled_from([None, None, BillingInterval.MONTHLY, BillingInterval.ANNUAL]),
    seats=st.one_of(st.none(), st.integers(5, 12)),
)
SECOND = timedelta(seconds=1)
CENTS_PER_CHANGE = 2
"""A credit and a charge are rounded by half a cent each; the seconds of a call make up the rest."""


@dataclass(frozen=True)
class Terms:
    """What is subscribed, and for which period it is paid."""

    price: str
    seats: int
    amount: int
    """Of a whole period."""
    start: datetime
    end: datetime

    @classmethod
    def of(cls, subscription: SubscriptionView) -> "Terms":
        return cls(
            subscription.price.stripe_price_id,
            subscription.seats,
            subscription.price.unit_amount * subscription.seats,
            subscription.current_period_start,
            subscription.current_period_end,
        )

    def left(self, *, at: datetime) -> Fraction:
        """What the time after `at` is worth."""
        left, whole = self.end - at, self.end - self.start
        return self.amount * Fraction(left // SECOND, whole // SECOND)


class Billing(RuleBasedStateMachine):
    stack: Stack
    loop: asyncio.AbstractEventLoop
    count = 0

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The services live on the test's loop; the machine in a thread beside it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    @initialize(seats=st.integers(5, 8), interval=st.sampled_from(BillingInterval))
    def buy(self, seats: int, interval: BillingInterval) -> None:
        Billing.count += 1
        self.payer: Payer = self.run(new_payer(self.stack, f"p{Billing.count}"))
        self.run(self.payer.buy("PRO", interval, seats))
        self.terms = Terms.of(self.run(self.payer.subscription()))
        self.value = Fraction(self.terms.amount)
        self.changes = 0
        self.changed_at: datetime | None = None
        self.dead = False

    @precondition(lambda self: not self.dead)
    @rule(request=REQUESTS)
    def change(self, request: ChangeRequest) -> None:
        at = self.stack.services.clock.now()
        with suppress(Refusal):
            self.run(
                self.payer.change(plan=request.plan, interval=request.interval, seats=request.seats)
            )
        self.observe(at)

    @precondition(lambda self: not self.dead)
    @rule(request=REQUESTS)
    def change_as_quoted(self, request: ChangeRequest) -> None:
        at = self.stack.services.clock.now()
        invoices = len(self.run(self.payer.invoices()))
        try:
            quote = self.run(self.payer.quote(request))
            outcome = self.run(self.payer.change(quote=quote))
        except Refusal:
            self.observe(at)
            return
        newest = self.run(self.payer.invoices())
        if quote.timing is ChangeTiming.NOW and len(newest) > invoices:
            assert newest[0].total == sum(line.amount for line in quote.lines)
            assert newest[0].amount_due == quote.due_now
            assert (newest[0].status == "PAID") == (outcome.billing_session_id is None)
        self.observe(at)

    @precondition(lambda self: not self.dead)
    @rule(card=st.sampled_from([VISA, VISA, DECLINED_LATER, ASKS_ALWAYS]))
    def give_card(self, card: str) -> None:
        self.run(self.payer.use_card(card))

    @precondition(lambda self: not self.dead)
    @rule()
    def pay_what_is_open(self) -> None:
        self.run(self.payer.use_card(VISA))
        self.run(self.pay_all())

    async def pay_all(self) -> None:
        customer = (await self.payer.at_stripe())["customer"]
        path = f"/v1/invoices?status=open&customer={customer}"
        for owed in (await self.stack.stripe("GET", path))["data"]:
            await self.stack.stripe("POST", f"/v1/invoices/{owed['id']}/pay")

    @precondition(lambda self: not self.dead)
    @rule()
    def cancel(self) -> None:
        with suppress(Refusal):
            self.run(self.payer.cancel())

    @precondition(lambda self: not self.dead)
    @rule()
    def resume(self) -> None:
        with suppress(Refusal):
            self.run(self.payer.resume())

    @precondition(lambda self: not self.dead)
    @rule()
    def call_off(self) -> None:
        self.run(self.payer.sync())
        pending = self.run(self.payer.subscription()).pending_change
        with suppress(Refusal):
            self.run(self.payer.call_off())
        if pending is not None:
            assert self.run(self.payer.subscription()).pending_change is None

    @rule(hours=st.integers(1, 27 * 24))
    def pass_time(self, hours: int) -> None:
        self.observe(self.stack.services.clock.now())
        by = timedelta(hours=hours)
        self.run(self.stack.sandbox.advance_clock(by))
        self.run(self.stack.services.clock.advance(self.stack.services.database, by))

    @rule()
    def hear_twice(self) -> None:
        """Two webhooks at once."""

        async def both() -> None:
            await asyncio.gather(self.payer.sync(), self.payer.sync())

        self.run(both())

    def observe(self, at: datetime) -> None:
        """What the time is worth that is subscribed since the last look; `at`: a change's moment.

        A change that waited for its payment counts from when it was asked for.
        """
        self.run(self.payer.sync())
        now = self.run(self.payer.subscription())
        if now.pending_change and now.pending_change.expires_at:
            self.changed_at = self.changed_at or at
        new, old = Terms.of(now), self.terms
        if (new.price, new.seats) != (old.price, old.seats) and new.start < old.end:
            moment = max(self.changed_at or at, old.start)
            self.value -= old.left(at=moment)
            self.value += new.left(at=max(moment, new.start))
            self.changes += 1
        elif new.start >= old.end:
            self.value += new.amount
        if now.pending_change is None:
            self.changed_at = None
        self.terms, self.dead = new, now.status in DEAD

    @invariant()
    def holds(self) -> None:
        if hasattr(self, "payer"):
            self.observe(self.stack.services.clock.now())
            self.run(self.check())

    async def check(self) -> None:
        seen, at_stripe = await self.payer.subscription(), await self.payer.at_stripe()
        self.mirrors(seen, at_stripe)
        self.has_one_pending_change(at_stripe)
        invoices = await self.payer.invoices()
        owed = [one for one in invoices if one.status == "OPEN"]
        awaits = bool(seen.pending_change and seen.pending_change.pay_url)
        if seen.status == "ACTIVE":
            assert len(owed) == awaits, "nothing counts that is not paid"
        charged = sum(one.total for one in invoices if one.status in {"PAID", "OPEN"})
        if awaits:
            charged -= owed[0].total
        assert abs(charged - self.value) <= CENTS_PER_CHANGE * (self.changes + 1)

    def mirrors(self, seen: SubscriptionView, at_stripe: dict[str, Any]) -> None:
        item = at_stripe["items"]["data"][0]
        assert seen.status.lower() == at_stripe["status"]
        assert (seen.price.stripe_price_id, seen.seats) == (item["price"]["id"], item["quantity"])
        assert int(seen.current_period_end.timestamp()) == item["current_period_end"]
        ends = at_stripe["cancel_at"] if at_stripe["ended_at"] is None else None
        assert (int(seen.ends_at.timestamp()) if seen.ends_at else None) == ends

    def has_one_pending_change(self, at_stripe: dict[str, Any]) -> None:
        schedule = at_stripe["schedule"]
        planned = schedule is not None and any(
            phase["start_date"] > schedule["current_phase"]["start_date"]
            for phase in schedule["phases"]
        )
        assert not (planned and at_stripe["pending_update"])


async def test_it_always_adds_up(stack: Stack) -> None:
    Billing.stack, Billing.loop = stack, asyncio.get_running_loop()
    bounded = settings(
        max_examples=4,
        stateful_step_count=7,
        phases=(Phase.generate,),
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    await asyncio.to_thread(run_state_machine_as_test, Billing, settings=bounded)
