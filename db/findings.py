"""Findings: opened once, closed when they are gone."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Integer, Uuid, bindparam, func, select, true
from sqlalchemy.dialects.postgresql import insert

from db.database import Transaction
from db.enums import FindingKind
from db.ids import new_id
from db.models import Finding, Organization
from db.pages import LIMIT
from db.statements import AnySelect, Statement


@dataclass(frozen=True, slots=True)
class NewFinding:
    """What is to be opened unless it is open already."""

    organization_id: UUID
    kind: FindingKind
    subject: str
    details: Mapping[str, Any]


async def open_all(
    transaction: Transaction, findings: Collection[NewFinding], *, now: datetime
) -> None:
    """Open those that are not open; two may try at once."""
    if not findings:
        return
    rows = [
        {
            "organization_id": one.organization_id,
            "id": new_id(),
            "kind": one.kind,
            "subject": one.subject,
            "details": dict(one.details),
            "opened_at": now,
        }
        for one in findings
    ]
    await transaction.session.execute(insert(Finding).values(rows).on_conflict_do_nothing())


async def list_open(transaction: Transaction, organization_id: UUID) -> list[Finding]:
    """What is open of an organization, drift too."""
    statement = select(Finding).where(
        Finding.organization_id == organization_id, Finding.closed_at.is_(None)
    )
    return list((await transaction.session.execute(statement)).scalars())


def _open() -> AnySelect:
    return (
        select(
            Finding.id,
            Finding.organization_id,
            Organization.name,
            Finding.kind,
            Finding.subject,
            Finding.details,
            Finding.opened_at,
        )
        .join(Organization, Organization.id == Finding.organization_id)
        .where(Finding.closed_at.is_(None))
    )


_OF_ONE_OR_ALL = bindparam("only", type_=Uuid).is_(None) | (
    Finding.organization_id == bindparam("only")
)


def _page(*conditions: Any) -> Statement:
    return Statement(
        _open()
        .where(*conditions, _OF_ONE_OR_ALL, Finding.id > bindparam("after", type_=Uuid))
        .order_by(Finding.id)
        .limit(LIMIT)
    )


OPEN_DRIFT = _page(Finding.kind == FindingKind.DRIFT)
"""Drift that waits to be repaired: of `:only` or of all, beyond `:after`, at most `:limit`."""

FOR_PEOPLE = _page(Finding.kind != FindingKind.DRIFT)
"""What needs a person: of `:only` or of all, beyond `:after`, at most `:limit`."""


def _of_organizations() -> Statement:
    """For billing health: what is open, and the last that were repaired."""
    parents = (
        func.unnest(bindparam("parent_ids", type_=ARRAY(Uuid)))
        .table_valued("id")
        .render_derived(name="parent")
    )
    columns = (
        Finding.organization_id,
        Finding.id,
        Finding.kind,
        Finding.subject,
        Finding.details,
        Finding.opened_at,
        Finding.closed_at,
    )
    of_parent = select(*columns).where(Finding.organization_id == parents.c.id)
    is_drift = Finding.kind == FindingKind.DRIFT
    newest = (
        of_parent.where(is_drift)
        .order_by(Finding.opened_at.desc(), Finding.id.desc())
        .limit(bindparam("drifts", type_=Integer))
    )
    others = of_parent.where(~is_drift, Finding.closed_at.is_(None))
    found = newest.union_all(others).lateral("found")
    return Statement(
        select(*found.c)
        .select_from(parents.join(found, true()))
        .order_by(found.c.opened_at.desc(), found.c.id.desc())
    )


OF_ORGANIZATIONS = _of_organizations()
"""Of each of `:parent_ids` what needs a person, and the last `:drifts` drifts, newest first."""
