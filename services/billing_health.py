"""How well an organization's billing is in step with Stripe. Stripe is not asked."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson

from db import billing_health, findings
from db.database import Database, Row
from db.enums import FindingKind
from services.clock import Clock
from services.findings import RESOLUTIONS

DRIFTS = 10
"""How many of the last differences are shown."""


@dataclass(frozen=True, slots=True)
class BillingFindingView:
    """Something that needs a person; open until it is gone."""

    kind: FindingKind
    subject: str
    opened_at: datetime

    @property
    def resolution(self) -> str:
        """What to do, for people."""
        return RESOLUTIONS[self.kind]


@dataclass(frozen=True, slots=True)
class BillingDriftView:
    """What was not with us as with Stripe. `repaired_at` is None while it waits to be fetched."""

    subject: str
    fields: tuple[str, ...]
    found_at: datetime
    repaired_at: datetime | None


@dataclass(frozen=True, slots=True)
class BillingHealthView:
    """See `schema.billing_health.BillingHealth`."""

    webhook_lag_seconds: int | None
    last_webhook_at: datetime | None
    last_synced_at: datetime | None
    last_reconciled_at: datetime | None
    findings: tuple[BillingFindingView, ...]
    drifts: tuple[BillingDriftView, ...]


class BillingHealthService:
    """Two statements, however many organizations."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def list_for_each(self, organization_ids: Sequence[UUID]) -> list[BillingHealthView]:
        """In the order of the ids."""
        ids = list(organization_ids)
        rows = await self._database.fetch(billing_health.OF_ORGANIZATIONS, parent_ids=ids)
        found = await self._database.fetch(findings.OF_ORGANIZATIONS, parent_ids=ids, drifts=DRIFTS)
        by_organization: defaultdict[UUID, list[Row]] = defaultdict(list)
        for row in found:
            by_organization[row["organization_id"]].append(row)
        now = self._clock.now()
        views = {row["id"]: _view(row, by_organization[row["id"]], now=now) for row in rows}
        return [views[one] for one in ids]


def _view(row: Row, found: Sequence[Row], *, now: datetime) -> BillingHealthView:
    return BillingHealthView(
        webhook_lag_seconds=_lag(row, now=now),
        last_webhook_at=row["last_event_at"],
        last_synced_at=row["synced_at"],
        last_reconciled_at=row["reconciled_at"],
        findings=tuple(
            BillingFindingView(FindingKind(one["kind"]), one["subject"], one["opened_at"])
            for one in found
            if one["kind"] != FindingKind.DRIFT
        ),
        drifts=tuple(_drift(one) for one in found if one["kind"] == FindingKind.DRIFT),
    )


def _drift(row: Row) -> BillingDriftView:
    fields = tuple(orjson.loads(row["details"])["fields"])
    return BillingDriftView(row["subject"], fields, row["opened_at"], row["closed_at"])


def _lag(row: Row, *, now: datetime) -> int | None:
    """How long the oldest that waits has waited; with none, how long the last one took."""
    if row["last_event_at"] is None:
        return None
    if row["waiting_since"] is not None:
        lag = now - row["waiting_since"]
    else:
        lag = (row["last_event_closed_at"] or now) - row["last_event_created_at"]
    return int(max(lag, timedelta()).total_seconds())  # Stripe's clock need not be ours
