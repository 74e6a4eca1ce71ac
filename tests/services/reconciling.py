"""What tests of the reconciler do again and again."""

from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from db.statements import Statement
from services.billing_health import BillingHealthView
from services.mirror_comparison import Difference
from services.reconciler import Reconciled, Watching
from tests.services.billing_world import Payer, new_payer
from tests.stack import Stack

FINDINGS = Statement(
    text("""
        SELECT o.name, f.kind, f.subject, f.details FROM findings f
        JOIN organizations o ON o.id = f.organization_id
        WHERE f.closed_at IS NULL ORDER BY f.id
    """)
)


async def subscribed(stack: Stack, name: str = "acme") -> Payer:
    """An organization with PRO for five, which nobody tells us about any more."""
    payer = await new_payer(stack, name)
    await payer.buy()
    return payer


async def reconcile(
    stack: Stack, *, dry_run: bool = False, organization_id: UUID | None = None
) -> tuple[Reconciled, list[Difference]]:
    """What a run did, and what it told on the way."""
    told: list[Difference] = []
    done = await stack.services.reconciler.reconcile(
        organization_id=organization_id, dry_run=dry_run, watching=Watching(found=told.append)
    )
    return done, told


async def assert_nothing_left(stack: Stack) -> None:
    """A second run finds nothing, and changes nothing."""
    before = await everything(stack)
    done, told = await reconcile(stack)
    assert (done.drifted, done.failed, told) == (0, 0, [])
    assert await everything(stack) == before


async def open_findings(stack: Stack) -> list[tuple[str, str]]:
    """(organization, kind) of what is open, drift too."""
    rows = await stack.services.database.fetch(FINDINGS)
    return [(row["name"], row["kind"]) for row in rows]


async def health(payer: Payer) -> BillingHealthView:
    [found] = await payer.stack.services.billing_health.list_for_each([payer.id])
    return found


TABLES = (
    "subscriptions",
    "invoices",
    "billing_sessions",
    "organizations",
    "seats",
    "members",
    "audit_events",
    "findings",
    "intents",
)
_ALL = {
    table: Statement(text(f"SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {table} t"))  # noqa: S608 # ours
    for table in TABLES
}


async def everything(stack: Stack) -> dict[str, str]:
    """A digest of every table that a reconciliation could change."""
    found = {}
    for table, statement in _ALL.items():
        found[table] = (await stack.services.database.fetch(statement))[0][0]
    return found


def recorded_calls(gateway: Any) -> list[str]:
    """The HTTP calls of a gateway from now on: verb and path."""
    calls: list[str] = []

    async def record(request: httpx.Request) -> None:
        calls.append(f"{request.method} {request.url.path}")

    gateway._http._client.event_hooks = {"request": [record]}
    return calls
