"""Nobody was charged twice: each object at Stripe has one intent of ours, or one person's click."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from tests.chaos.checks.check import Check, Finding
from tests.chaos.evidence import Evidence, Row


def _customers_made_twice(evidence: Evidence) -> Iterator[Finding]:
    for organization, customers in evidence.customers().items():
        if len(customers) > 1:
            yield Finding(evidence.name_of(organization), f"has the customers {customers}")


def _checkouts_made_twice(evidence: Evidence) -> Iterator[Finding]:
    """A session names the intent that made it; a second one could be paid, too."""
    for organization, life in evidence.lives.items():
        made = [
            one["metadata"]["intent_id"] for one in evidence.at_stripe(organization, "sessions")
        ]
        intents = {
            str(one["id"])
            for one in evidence.of(organization, "intents")
            if one["kind"] == "CREATE_CHECKOUT_SESSION" and one["status"] == "SUCCEEDED"
        }
        for intent, times in Counter(made).items():
            if times > 1 or intent not in intents:
                yield Finding(life.name, f"{times} checkouts of the intent {intent}")


def _bought_twice(evidence: Evidence) -> Iterator[Finding]:
    """As many subscriptions, and first invoices, as checkouts that people paid; one at a time."""
    for organization, life in evidence.lives.items():
        bought = evidence.at_stripe(organization, "subscriptions")
        first = [
            one
            for one in evidence.at_stripe(organization, "invoices")
            if one["billing_reason"] == "subscription_create"
        ]
        paid = life.count.paid_checkouts
        if not len(bought) == len(first) == paid:
            counts = f"{paid} paid checkouts, {len(bought)} subscriptions, {len(first)} first bills"
            yield Finding(life.name, counts)
        for earlier, later in pairwise(sorted(bought, key=lambda one: one["start_date"])):
            if earlier["ended_at"] is None or earlier["ended_at"] > later["start_date"]:
                yield Finding(life.name, f"{earlier['id']} lives beside {later['id']}")


def _changes_billed_twice(evidence: Evidence) -> Iterator[Finding]:
    """Each invoice of a change belongs to one change that we made, of the moment we named."""
    for organization, life in evidence.lives.items():
        changes = [
            one["parameters"]["stripe"]
            for one in evidence.of(organization, "intents")
            if one["kind"] == "CHANGE_SUBSCRIPTION" and one["status"] == "SUCCEEDED"
        ]
        made = Counter((one["subscription_id"], one["proration_date"]) for one in changes)
        for bill in _bills_of_changes(evidence, organization):
            subscription = bill["parent"]["subscription_details"]["subscription"]
            moments = {line["period"]["start"] for line in bill["lines"]["data"]}
            fitting = [(subscription, moment) for moment in moments if made[subscription, moment]]
            if not fitting:
                yield Finding(life.name, f"{bill['id']} bills no change of ours, or one again")
            else:
                made[fitting[0]] -= 1


def _bills_of_changes(evidence: Evidence, organization: str) -> list[Row]:
    return [
        one
        for one in evidence.at_stripe(organization, "invoices")
        if one["billing_reason"] == "subscription_update"
    ]


def _changes_made_unasked(evidence: Evidence) -> Iterator[Finding]:
    """No more changes than people wanted, however often each was clicked."""
    for organization, life in evidence.lives.items():
        made = [
            one
            for one in evidence.of(organization, "intents")
            if one["kind"] in ("CHANGE_SUBSCRIPTION", "UPDATE_SCHEDULE")
            and one["status"] == "SUCCEEDED"
        ]
        if len(made) > life.count.wanted_changes:
            counts = f"{life.count.wanted_changes} changes wanted, {len(made)} made"
            yield Finding(life.name, counts)


def _periods_billed_twice(evidence: Evidence) -> Iterator[Finding]:
    for organization, life in evidence.lives.items():
        periods = Counter(
            (one["parent"]["subscription_details"]["subscription"], one["period_end"])
            for one in evidence.at_stripe(organization, "invoices")
            if one["billing_reason"] == "subscription_cycle"
        )
        for (subscription, _), times in periods.items():
            if times > 1:
                yield Finding(life.name, f"a period of {subscription} is billed {times} times")


MONEY = (
    Check(
        "one customer for each organization",
        lambda evidence: len(evidence.stripes["customers"]),
        _customers_made_twice,
    ),
    Check(
        "one checkout for each intent",
        lambda evidence: len(evidence.stripes["sessions"]),
        _checkouts_made_twice,
    ),
    Check(
        "bought as often as paid",
        lambda evidence: sum(life.count.paid_checkouts for life in evidence.lives.values()),
        _bought_twice,
    ),
    Check(
        "each change billed once",
        lambda evidence: sum(
            len(_bills_of_changes(evidence, organization)) for organization in evidence.lives
        ),
        _changes_billed_twice,
    ),
    Check(
        "no change that nobody wanted",
        lambda evidence: sum(life.count.wanted_changes for life in evidence.lives.values()),
        _changes_made_unasked,
    ),
    Check(
        "each period billed once",
        lambda evidence: len(evidence.stripes["invoices"]),
        _periods_billed_twice,
    ),
)
