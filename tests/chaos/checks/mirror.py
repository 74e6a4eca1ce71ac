"""The mirror equals Stripe. Compared field by field, by none of the product's own code."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tests.chaos.checks.check import Check, Finding
from tests.chaos.evidence import Evidence, Row

_DEAD = {"canceled", "incomplete_expired"}
_INVOICE_FIELDS = ("number", "currency", "total", "amount_due", "amount_paid")


def _subscriptions_differ(evidence: Evidence) -> Iterator[Finding]:
    for organization, life in evidence.lives.items():
        rows = [one for one in evidence.of(organization, "subscriptions") if one["is_current"]]
        truth = _current(evidence.at_stripe(organization, "subscriptions"))
        seen = [_as_mirrored(row) for row in rows]
        wanted = [_as_stripe_says(truth)] if truth else []
        if seen != wanted:
            yield Finding(life.name, f"we show {seen}, Stripe says {wanted}")


def _current(at_stripe: list[Row]) -> Row | None:
    living = [one for one in at_stripe if one["status"] not in _DEAD]
    if living:
        return min(living, key=lambda one: one["start_date"])
    return max(at_stripe, key=lambda one: one["start_date"], default=None)


def _as_mirrored(row: Row) -> dict[str, Any]:
    return {
        "id": row["stripe_subscription_id"],
        "status": row["status"].lower(),
        "price": row["stripe_price_id"],
        "quantity": row["seats"],
        "period": (_seconds(row["current_period_start"]), _seconds(row["current_period_end"])),
        "ends_at": _seconds(row["ends_at"]),
        "pending": row["pending_kind"],
        "pending_seats": row["pending_seats"],
    }


def _as_stripe_says(truth: Row) -> dict[str, Any]:
    item = truth["items"]["data"][0]
    pending, seats = _pending(truth)
    return {
        "id": truth["id"],
        "status": truth["status"],
        "price": item["price"]["id"],
        "quantity": item["quantity"],
        "period": (item["current_period_start"], item["current_period_end"]),
        "ends_at": truth["cancel_at"] if truth["ended_at"] is None else None,
        "pending": pending,
        "pending_seats": seats,
    }


def _pending(truth: Row) -> tuple[str | None, int | None]:
    """What waits: for its payment, or for the next phase of a schedule."""
    if truth["status"] in _DEAD:
        return None, None
    if update := truth["pending_update"]:
        return "AWAITING_PAYMENT", update["subscription_items"][0]["quantity"]
    schedule = truth["schedule"]
    if schedule is None or schedule["current_phase"] is None:
        return None, None
    began = schedule["current_phase"]["start_date"]
    coming = [one for one in schedule["phases"] if one["start_date"] > began]
    return ("SCHEDULED", coming[0]["items"][0]["quantity"]) if coming else (None, None)


def _seconds(moment: datetime | None) -> int | None:
    return int(moment.timestamp()) if moment else None


def _invoices_differ(evidence: Evidence) -> Iterator[Finding]:
    for organization, life in evidence.lives.items():
        seen = {
            row["stripe_invoice_id"]: _invoice(row, status=row["status"].lower())
            for row in evidence.of(organization, "invoices")
            if row["status"] != "DRAFT"
        }
        wanted = {
            one["id"]: _invoice(one, status=one["status"])
            for one in evidence.at_stripe(organization, "invoices")
            if one["status"] != "draft"
        }
        for key in seen.keys() | wanted.keys():
            if seen.get(key) != wanted.get(key):
                said = f"we show {seen.get(key)}, Stripe says {wanted.get(key)}"
                yield Finding(life.name, f"{key}: {said}")


def _invoice(one: Row, *, status: str) -> dict[str, Any]:
    return {"status": status, **{field: one[field] for field in _INVOICE_FIELDS}}


def _checkouts_differ(evidence: Evidence) -> Iterator[Finding]:
    """What is shown as open can be paid; nothing else can."""
    for organization, life in evidence.lives.items():
        seen = {
            row["stripe_session_id"]
            for row in evidence.of(organization, "sessions")
            if row["kind"] == "CHECKOUT" and row["status"] == "OPEN"
        }
        wanted = {
            one["id"]
            for one in evidence.at_stripe(organization, "sessions")
            if one["status"] == "open"
        }
        if seen != wanted:
            yield Finding(life.name, f"open checkouts: ours {seen}, Stripe's {wanted}")


MIRROR = (
    Check(
        "subscriptions equal Stripe's",
        lambda evidence: len(evidence.stripes["subscriptions"]),
        _subscriptions_differ,
    ),
    Check(
        "invoices equal Stripe's",
        lambda evidence: len(evidence.stripes["invoices"]),
        _invoices_differ,
    ),
    Check(
        "checkouts are open here as there",
        lambda evidence: len(evidence.stripes["sessions"]),
        _checkouts_differ,
    ),
)
