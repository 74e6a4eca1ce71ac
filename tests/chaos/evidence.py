"""What is left when it is all over: our tables, Stripe's objects, the mails, the journal."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any, TypeAlias

import asyncpg

from tests.chaos import journal
from tests.chaos.life import Life
from tests.chaos.stripe_side import StripeSide

Row: TypeAlias = dict[str, Any]

_QUERIES = {
    "organizations": "SELECT * FROM organizations",
    "subscriptions": (
        "SELECT s.*, p.stripe_price_id FROM subscriptions s JOIN prices p ON p.id = s.price_id"
    ),
    "plans": "SELECT code, maximum_seats FROM plans",
    "invoices": "SELECT * FROM invoices",
    "intents": "SELECT * FROM intents",
    "sessions": "SELECT * FROM billing_sessions",
    "events": "SELECT id, state, error, stripe_customer_id FROM stripe_events",
    "mails": "SELECT * FROM mails",
    "jobs": "SELECT entrypoint, status::text FROM jobs.pgqueuer",
    "unseated": (
        "SELECT m.organization_id FROM members m FULL JOIN (SELECT * FROM seats WHERE"
        " ended_at IS NULL AND state = 'OCCUPIED') s ON s.member_id = m.id"
        " WHERE (m.status = 'ACTIVE' AND m.removed_at IS NULL) IS DISTINCT FROM (s.id IS NOT NULL)"
    ),
}
_ALL_WITH_SCHEDULES: dict[str, Any] = {"status": "all", "expand[]": "data.schedule"}


@dataclass(frozen=True)
class Evidence:
    """`ours` is what our tables hold, `stripes` what Stripe lists, both by the kind of thing."""

    lives: dict[str, Life]
    """By the organization's id; those that were never made are left out."""
    ours: dict[str, list[Row]]
    stripes: dict[str, list[Row]]
    journal: dict[str, list[journal.Entry]]
    mailbox: list[EmailMessage]
    faults: dict[str, str]
    errors: list[Row]
    """Log lines of an error that nobody expects."""

    def name_of(self, organization: object) -> str:
        """The name of an organization of ours."""
        life = self.lives.get(str(organization))
        return life.name if life else f"(organization {organization})"

    def of(self, organization: object, kind: str) -> list[Row]:
        """What our tables hold of an organization."""
        return [one for one in self.ours[kind] if str(one["organization_id"]) == str(organization)]

    def customers(self) -> dict[str, list[str]]:
        """Stripe's customers by the organization that they say they are."""
        return _grouped(
            (one["metadata"].get("organization_id", ""), one["id"])
            for one in self.stripes["customers"]
        )

    def at_stripe(self, organization: object, kind: str) -> list[Row]:
        """What Stripe lists for the customers of an organization, the newest first."""
        customers = self.customers().get(str(organization), [])
        return [one for one in self.stripes[kind] if one["customer"] in customers]


async def gather(
    database_url: str,
    stripe: StripeSide,
    lives: Iterable[Life],
    *,
    mailbox: list[EmailMessage],
    faults: dict[str, str],
    errors: list[Row],
) -> Evidence:
    """Read it all; nothing may be going on any more."""
    ours = await _read_ours(database_url)
    by_name = {life.name: life for life in lives}
    return Evidence(
        {
            str(row["id"]): by_name[row["name"]]
            for row in ours["organizations"]
            if row["name"] in by_name
        },
        ours,
        await _list_stripes(stripe),
        await journal.read(database_url),
        mailbox,
        faults,
        errors,
    )


async def _read_ours(database_url: str) -> dict[str, list[Row]]:
    connection = await asyncpg.connect(database_url)
    try:
        for kind in ("json", "jsonb"):
            await connection.set_type_codec(
                kind, encoder=json.dumps, decoder=json.loads, schema="pg_catalog"
            )
        return {
            kind: [dict(row) for row in await connection.fetch(query)]
            for kind, query in _QUERIES.items()
        }
    finally:
        await connection.close()


async def _list_stripes(stripe: StripeSide) -> dict[str, list[Row]]:
    deliveries = await stripe.control("GET", "/deliveries")
    kinds = {
        "customers": stripe.list("/v1/customers"),
        "subscriptions": stripe.list("/v1/subscriptions", **_ALL_WITH_SCHEDULES),
        "invoices": stripe.list("/v1/invoices"),
        "sessions": stripe.list("/v1/checkout/sessions"),
    }
    listed = await asyncio.gather(*kinds.values())
    return {**dict(zip(kinds, listed, strict=True)), "deliveries": deliveries["deliveries"]}


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return found
