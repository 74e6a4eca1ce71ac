"""Which of Stripe's subscriptions counts, when it has ended, and what of it is owed (B1-B3, B6)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from db.enums import BillingInterval, InvoiceStatus, PendingChangeKind, SubscriptionStatus
from db.models import Subscription
from services import mirror, payment_mirror, pending_mirror
from services.pending_mirror import ScheduledChange
from services.stripe_gateway import StripeInvoice, StripeSchedule, StripeSubscription, StripeTerms
from services.stripe_snapshot import StripeSnapshot
from services.views import PriceView

START = datetime(2030, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
GRACE = timedelta(days=3)
PRICE = PriceView(
    uuid4(), "PRO", BillingInterval.MONTHLY, "usd", 1_000, 0, "price_pro", archived=False
)


def at_stripe(
    status: str = "ACTIVE", *, stripe_id: str = "sub_1", began: int = 0, **more: Any
) -> StripeSubscription:
    """A subscription that began `began` days after the start."""
    given: dict[str, Any] = {
        "customer_id": "cus_1",
        "item_id": "si_1",
        "stripe_price_id": PRICE.stripe_price_id,
        "stripe_product_id": "prod_1",
        "unit_amount": PRICE.unit_amount,
        "currency": "usd",
        "interval": PRICE.interval,
        "quantity": 5,
        "current_period_start": START,
        "current_period_end": START + 31 * DAY,
        "trial_ends_at": None,
        "ends_at": None,
        "cancels_at_period_end": False,
        "ended_at": None,
        "trial_began_at": None,
        "discount_ids": (),
        "schedule": None,
        "pending_update": None,
        "payment_method": None,
        "metadata": {},
    }
    given |= {
        "id": stripe_id,
        "status": SubscriptionStatus(status),
        "began_at": START + began * DAY,
    }
    return StripeSubscription(**given | more)


@pytest.mark.parametrize(
    ("statuses", "counts"),
    [
        (["ACTIVE", "ACTIVE"], 0),
        (["PAST_DUE", "ACTIVE"], 0),
        (["INCOMPLETE", "TRIALING", "ACTIVE"], 1),
        (["CANCELED", "UNPAID", "ACTIVE"], 2),
        (["UNPAID", "PAUSED"], 0),
        (["CANCELED", "INCOMPLETE", "UNPAID", "CANCELED"], 1),
        (["CANCELED", "INCOMPLETE_EXPIRED", "CANCELED"], 2),
    ],
)
def test_the_entitled_one_counts_that_began_first(statuses: list[str], counts: int) -> None:
    """With none entitled the first that lives; with none alive the last."""
    found = [at_stripe(one, stripe_id=f"sub_{n}", began=n) for n, one in enumerate(statuses)]
    for listed in (found, found[::-1]):
        assert mirror.choose(listed) == found[counts]


def test_with_no_subscription_none_counts() -> None:
    assert mirror.choose([]) is None


def lived(*seen: tuple[str, int | None]) -> Subscription:
    """The row after a fetch on each day, of (status, the day of `ended_at`)."""
    row = Subscription(was_entitled=False)
    for day, (status, ended) in enumerate(seen, start=10):
        fetched = at_stripe(status, ended_at=None if ended is None else START + ended * DAY)
        mirror.write(row, fetched, price=PRICE, now=START + day * DAY, grace=GRACE)
    return row


@pytest.mark.parametrize(
    ("seen", "ended", "deactivates"),
    [
        ([("ACTIVE", None)], None, None),
        ([("ACTIVE", None), ("CANCELED", 8)], 8, 11),
        ([("CANCELED", 8)], 8, 11),
        ([("ACTIVE", None), ("UNPAID", None)], 11, 14),
        ([("ACTIVE", None), ("PAUSED", None)], 11, 14),
        ([("ACTIVE", None), ("UNPAID", None), ("UNPAID", None)], 11, 14),
        ([("ACTIVE", None), ("UNPAID", None), ("CANCELED", 12)], 11, 14),
        ([("ACTIVE", None), ("UNPAID", None), ("ACTIVE", None)], None, None),
        ([("PAST_DUE", None), ("INCOMPLETE", None), ("CANCELED", 12)], 12, 15),
        ([("INCOMPLETE", None), ("INCOMPLETE_EXPIRED", 11)], 11, None),
        ([("INCOMPLETE", None), ("CANCELED", 11)], 11, None),
        ([("INCOMPLETE_EXPIRED", 9)], 9, None),
    ],
)
def test_who_was_entitled_has_a_grace_time_from_the_first_sight_of_the_end(
    seen: list[tuple[str, int | None]], ended: int | None, deactivates: int | None
) -> None:
    row = lived(*seen)
    moments = [None if day is None else START + day * DAY for day in (ended, deactivates)]
    assert [row.ended_at, row.deactivates_at] == moments


def test_a_renewal_leaves_nothing_of_the_expiry() -> None:
    row = lived(("ACTIVE", None), ("UNPAID", None))
    row.warned_at = row.deactivated_at = START + 15 * DAY
    mirror.write(row, at_stripe(), price=PRICE, now=START + 16 * DAY, grace=GRACE)
    left = [row.ended_at, row.deactivates_at, row.warned_at, row.deactivated_at]
    assert left == [None] * 4


INTENT = uuid4()
PLANNED = ScheduledChange(PRICE.id, 3, START, INTENT)
TERMS = StripeTerms(stripe_price_id=PRICE.stripe_price_id, quantity=9)


def schedule(*, next_terms: StripeTerms | None, intent: UUID | None) -> StripeSchedule:
    return StripeSchedule(
        id="sub_sched_1",
        phase_began_at=START,
        next_at=None,
        next_terms=next_terms,
        intent_id=None if intent is None else str(intent),
    )


@pytest.mark.parametrize(
    ("before", "row", "fetched", "taken"),
    [
        (PLANNED, {}, {}, True),
        (None, {}, {}, False),
        (PLANNED, {"seats": 5}, {}, False),
        (PLANNED, {"price_id": uuid4()}, {}, False),
        (PLANNED, {"pending_kind": PendingChangeKind.SCHEDULED}, {}, False),
        (PLANNED, {}, {"current_period_start": START - DAY}, False),
        (None, {}, {"schedule": schedule(next_terms=None, intent=INTENT)}, True),
        (None, {}, {"schedule": schedule(next_terms=TERMS, intent=INTENT)}, False),
        (None, {}, {"schedule": schedule(next_terms=None, intent=None)}, False),
    ],
)
def test_a_scheduled_change_took_effect_when_what_was_planned_is_what_there_is(
    before: ScheduledChange | None, row: dict[str, Any], fetched: dict[str, Any], *, taken: bool
) -> None:
    now = Subscription(**{"price_id": PRICE.id, "seats": 3, "pending_kind": None} | row)
    found = pending_mirror.took_effect(before, now, at_stripe(**fetched))
    assert found == (INTENT if taken else None)


def invoice(
    stripe_id: str, created: int, status: str = "OPEN", *, of: str | None = "sub_1"
) -> StripeInvoice:
    return StripeInvoice(
        id=stripe_id,
        subscription_id=of,
        number=None,
        status=InvoiceStatus(status),
        currency="usd",
        subtotal=5_000,
        discount=0,
        tax=0,
        total=5_000,
        amount_due=5_000,
        amount_paid=0,
        created_at=START + created * DAY,
        attempted=True,
        hosted_url=f"https://pay.example/{stripe_id}",
        pdf_url=None,
        lines=(),
    )


@pytest.mark.parametrize(
    ("status", "owed"),
    [("PAST_DUE", True), ("UNPAID", True), ("INCOMPLETE", True), ("ACTIVE", False)],
)
def test_what_is_owed_is_the_oldest_open_invoice_of_this_subscription(
    status: str, *, owed: bool
) -> None:
    chosen = at_stripe(status)
    snapshot = StripeSnapshot(
        ticket=1,
        customer_id="cus_1",
        subscriptions=(chosen,),
        chosen=chosen,
        price=PRICE,
        price_is_known=True,
        plan=None,
        next_price=None,
        next_invoice=replace(invoice("in_next", 31), amount_due=4_200),
        invoices=(
            invoice("in_late", 4),
            invoice("in_first", 3),
            invoice("in_paid", 2, "PAID"),
            invoice("in_other", 1, of="sub_2"),
            invoice("in_alone", 0, of=None),
        ),
        checkout=None,
        customer=None,
    )
    row = Subscription(stripe_subscription_id="sub_1", status=chosen.status)
    row.current_period_end = chosen.current_period_end
    payment_mirror.write(row, snapshot)
    expected = ("https://pay.example/in_first", START + 3 * DAY) if owed else (None, None)
    assert (row.pay_url, row.payment_failed_at) == expected
    assert (row.next_payment_at, row.next_payment_amount) == (chosen.current_period_end, 4_200)
