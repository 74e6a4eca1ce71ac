"""Each check finds what it is there for: one thing is made wrong where all was in order."""

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from email.message import EmailMessage
from random import Random
from typing import Any

import pytest

from tests.chaos.checks import CHECKS
from tests.chaos.client import Browser
from tests.chaos.evidence import Evidence
from tests.chaos.journal import Entry
from tests.chaos.life import Count, Life

ACME = "00000000-0000-7000-8000-000000000001"
BEGAN, ENDS = 1_700_000_000, 1_702_592_000
OF_SUBSCRIPTION = {"subscription_details": {"subscription": "sub_1"}}
MONEY = {"number": "A-1", "currency": "usd", "total": 500, "amount_due": 500, "amount_paid": 500}


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def ours() -> dict[str, list[dict[str, Any]]]:
    subscription = {
        "organization_id": ACME,
        "is_current": True,
        "stripe_subscription_id": "sub_1",
        "status": "ACTIVE",
        "stripe_price_id": "price_1",
        "seats": 5,
        "current_period_start": moment(BEGAN),
        "current_period_end": moment(ENDS),
        "ends_at": None,
        "pending_kind": None,
        "pending_seats": None,
    }
    changed = {"stripe": {"subscription_id": "sub_1", "proration_date": BEGAN + 9}}
    intents = [("i1", "CREATE_CHECKOUT_SESSION", {}), ("i2", "CHANGE_SUBSCRIPTION", changed)]
    mail = {"organization_id": ACME, "cause": "c", "recipient": "p@acme.test", "message_id": "<1>"}
    return {
        "organizations": [{"id": ACME, "name": "acme"}],
        "subscriptions": [subscription],
        "plans": [
            {"code": "FREE", "maximum_seats": 1},
            {"code": "PRO", "maximum_seats": 50},
        ],
        "invoices": [
            {"organization_id": ACME, "stripe_invoice_id": key, "status": "PAID", **MONEY}
            for key in ("in_1", "in_2", "in_3")
        ],
        "intents": [
            {
                "organization_id": ACME,
                "id": key,
                "kind": kind,
                "status": "SUCCEEDED",
                "parameters": given,
            }
            for key, kind, given in intents
        ],
        "sessions": [],
        "events": [{"id": "evt_1", "state": "DONE", "error": None, "stripe_customer_id": "cus_1"}],
        "mails": [{**mail, "kind": "INVITATION", "subject": "Hello", "sent_at": moment(BEGAN)}],
        "jobs": [],
        "unseated": [],
    }


def stripes() -> dict[str, list[dict[str, Any]]]:
    item = {"price": {"id": "price_1"}, "quantity": 5}
    item |= {"current_period_start": BEGAN, "current_period_end": ENDS}
    subscription = {
        "id": "sub_1",
        "customer": "cus_1",
        "status": "active",
        "start_date": BEGAN,
        "ended_at": None,
        "cancel_at": None,
        "pending_update": None,
        "schedule": None,
        "items": {"data": [item]},
    }
    reasons = ("subscription_create", "subscription_update", "subscription_cycle")
    invoices = [
        {
            "id": f"in_{number}",
            "customer": "cus_1",
            "status": "paid",
            "billing_reason": reason,
            "parent": OF_SUBSCRIPTION,
            "period_end": ENDS,
            "lines": {"data": [{"period": {"start": BEGAN + 9}}]},
            **MONEY,
        }
        for number, reason in enumerate(reasons, start=1)
    ]
    session = {"id": "cs_1", "customer": "cus_1", "status": "complete"}
    return {
        "customers": [{"id": "cus_1", "metadata": {"organization_id": ACME}}],
        "subscriptions": [subscription],
        "invoices": invoices,
        "sessions": [{**session, "metadata": {"intent_id": "i1"}}],
        "deliveries": [{"event": "evt_1"}],
    }


def entry(transaction: int, relation: str, operation: str = "INSERT", **state: Any) -> Entry:
    return Entry(0, transaction, relation, operation, ACME, state)


def seat(number: int, *, ended: bool = False) -> dict[str, Any]:
    return {"id": f"s{number}", "number": number, "ended_at": "then" if ended else None}


def journal() -> list[Entry]:
    subscription: dict[str, Any] = {
        "id": "1",
        "is_current": True,
        "status": "ACTIVE",
        "plan_code": "PRO",
    }
    intent: dict[str, Any] = {"id": "i1", "kind": "CREATE_CHECKOUT_SESSION", "attempt": 1}
    return [
        entry(1, "seats", **seat(1)),
        entry(2, "intents", **intent, status="OPEN"),
        entry(3, "intents", "UPDATE", **intent, status="SUCCEEDED"),
        entry(4, "subscriptions", **subscription, seats=2),
        entry(5, "seats", **seat(2)),
    ]


def evidence() -> Evidence:
    """In order."""
    nobody: Any = None
    count = Count(paid_checkouts=1, wanted_changes=1)
    life = Life("acme", Random(1), Browser(nobody, (), str), nobody, nobody, count=count)  # noqa: S311
    mail = EmailMessage()
    mail["Message-ID"], mail["To"], mail["Subject"] = "<1>", "p@acme.test", "Hello"
    return Evidence({ACME: life}, ours(), stripes(), {ACME: journal()}, [mail], {}, [])


def wrong(found: Evidence) -> list[str]:
    return [check.name for check in CHECKS if list(check.wrong(found))]


def again(rows: list[dict[str, Any]], place: int = 0, **changed: Any) -> None:
    rows.append({**deepcopy(rows[place]), **changed})


Break = Callable[[Evidence], object]
BREAKS: dict[str, tuple[str, Break]] = {
    "seats that Stripe does not know": (
        "subscriptions equal Stripe's",
        lambda found: found.ours["subscriptions"][0].update(seats=6),
    ),
    "an invoice of which we have not heard": (
        "invoices equal Stripe's",
        lambda found: found.ours["invoices"].pop(),
    ),
    "a checkout that can be paid unseen": (
        "checkouts are open here as there",
        lambda found: found.stripes["sessions"][0].update(status="open"),
    ),
    "a second customer": (
        "one customer for each organization",
        lambda found: again(found.stripes["customers"], id="cus_2"),
    ),
    "a second checkout of one intent": (
        "one checkout for each intent",
        lambda found: again(found.stripes["sessions"], id="cs_2"),
    ),
    "a checkout that nobody paid": (
        "bought as often as paid",
        lambda found: setattr(found.lives[ACME].count, "paid_checkouts", 0),
    ),
    "a change that is billed again": (
        "each change billed once",
        lambda found: again(found.stripes["invoices"], 1),
    ),
    "a change that nobody wanted": (
        "no change that nobody wanted",
        lambda found: setattr(found.lives[ACME].count, "wanted_changes", 0),
    ),
    "a period that is billed again": (
        "each period billed once",
        lambda found: again(found.stripes["invoices"], 2),
    ),
    "an intent that is left open": (
        "each intent ended once",
        lambda found: found.journal[ACME].pop(2),
    ),
    "an intent that ends twice": (
        "each intent ended once",
        lambda found: found.journal[ACME].append(found.journal[ACME][2]),
    ),
    "a seat too many": (
        "no seat beyond the limit of its moment",
        lambda found: found.journal[ACME].append(entry(6, "seats", **seat(3))),
    ),
    "a member without a seat": (
        "a seat for each active member, and for nobody else",
        lambda found: found.ours["unseated"].append({"organization_id": ACME}),
    ),
    "an event that did not arrive": (
        "each event of Stripe's is stored",
        lambda found: found.stripes["deliveries"].append({"event": "evt_2"}),
    ),
    "an event that was given up": (
        "none is left in the inbox, or dead",
        lambda found: found.ours["events"][0].update(state="DEAD"),
    ),
    "a job that is left": (
        "the queue is empty",
        lambda found: found.ours["jobs"].append({"entrypoint": "send_mail", "status": "queued"}),
    ),
    "a masked fault": (
        "no answer that nobody expects",
        lambda found: found.faults.update({"changePlan": "INTERNAL_SERVER_ERROR"}),
    ),
    "an error in a log": (
        "no error in the logs",
        lambda found: found.errors.append({"message": "graphql.fault"}),
    ),
    "a second mail for one cause": (
        "each mail has one cause and one recipient",
        lambda found: again(found.ours["mails"]),
    ),
    "a mail that never arrived": (
        "each mail arrived, under one Message-ID",
        lambda found: found.mailbox.clear(),
    ),
}


def test_what_is_in_order_passes() -> None:
    assert wrong(evidence()) == []


@pytest.mark.parametrize("what", BREAKS)
def test_what_is_wrong_is_found(what: str) -> None:
    name, make_wrong = BREAKS[what]
    found = evidence()
    make_wrong(found)
    assert name in wrong(found)


def test_no_check_is_left_out() -> None:
    assert {check.name for check in CHECKS} == {name for name, _ in BREAKS.values()}


def test_seats_may_go_down_to_a_limit_that_went_below_them() -> None:
    """Who is over, by an edit in Stripe, stays; one goes and nobody comes: that is allowed."""
    found = evidence()
    fewer = found.journal[ACME][3].state | {"seats": 1}
    found.journal[ACME] += [
        entry(6, "subscriptions", "UPDATE", **fewer),
        entry(7, "seats", "UPDATE", **seat(2, ended=True)),
    ]
    assert wrong(found) == []
    found.journal[ACME].append(entry(8, "seats", **seat(4)))
    assert wrong(found) == ["no seat beyond the limit of its moment"]
