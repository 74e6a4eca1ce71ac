"""The mirror beside what Stripe lists: a page at a time, one statement for each.

Left out is whom a fetch that began later has brought up to date (`:ticket`, B1), and whom a webhook
that waits in the inbox will: that is work under way, and no drift.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Subquery,
    Text,
    Uuid,
    bindparam,
    exists,
    func,
    or_,
    select,
    text,
    true,
    union,
)
from sqlalchemy.orm import aliased

from db.enums import (
    BillingSessionKind,
    BillingSessionStatus,
    FindingKind,
    IntentKind,
    IntentStatus,
    InvoiceStatus,
    StripeEventState,
)
from db.models import (
    BillingSession,
    Finding,
    Intent,
    Invoice,
    Organization,
    Sighting,
    StripeEvent,
    Subscription,
)
from db.models.billing import LIVING_SQL
from db.organizations import NOW
from db.statements import Statement, written_out

_ONLY = bindparam("only", type_=Uuid)
_OF_ONE_OR_ALL = _ONLY.is_(None) | (Organization.id == _ONLY)
_LIMIT = bindparam("limit", type_=Integer)
_NAMED = (Organization.id.label("owner_id"), Organization.name.label("owner_name"))


def _is_one_of(column: Any, words: Iterable[StrEnum]) -> ColumnElement[bool]:
    """`IN`, which a statement that is compiled once cannot have."""
    return or_(*(column == word for word in words))


def _settled() -> ColumnElement[bool]:
    """Nobody is about to bring the organization up to date, and nobody has since."""
    waiting = exists().where(
        StripeEvent.stripe_customer_id == Organization.stripe_customer_id,
        StripeEvent.state == written_out(StripeEventState.RECEIVED),
    )
    return (Organization.synced_ticket <= bindparam("ticket", type_=BigInteger)) & ~waiting


def _is_found(subject: ColumnElement[str], kind: FindingKind) -> ColumnElement[bool]:
    return exists().where(
        Finding.organization_id == Organization.id,
        Finding.subject == subject,
        Finding.kind == kind,
        Finding.closed_at.is_(None),
    )


LISTED = (
    func.unnest(bindparam("ids", type_=ARRAY(Text)), bindparam("customers", type_=ARRAY(Text)))
    .table_valued("id", "customer")
    .render_derived(name="listed")
)
"""The page that Stripe has listed: ids, and whose they are."""

_OF_SUBSCRIPTIONS = (
    FindingKind.SEVERAL_LIVING_SUBSCRIPTIONS,
    FindingKind.UNKNOWN_PRICE,
    FindingKind.SUBSCRIBED_AFTER_DELETION,
)
"""Findings whose subject is a living subscription: gone when that is no longer listed."""


def _listed_subscriptions() -> Statement:
    return Statement(
        select(
            LISTED.c.id.label("subject"),
            *_NAMED,
            _settled().label("settled"),
            _is_found(LISTED.c.id, FindingKind.SEVERAL_LIVING_SUBSCRIPTIONS).label("is_extra"),
            _is_found(LISTED.c.id, FindingKind.UNKNOWN_PRICE).label("is_unknown"),
            *Subscription.__table__.columns,
        )
        .select_from(LISTED)
        .join(Organization, Organization.stripe_customer_id == LISTED.c.customer)
        .outerjoin(
            Subscription,
            (Subscription.organization_id == Organization.id)
            & (Subscription.stripe_subscription_id == LISTED.c.id),
        )
    )


LISTED_SUBSCRIPTIONS = _listed_subscriptions()
"""The mirrored row of each that belongs to an organization of ours; NULL columns: there is none."""

LISTED_INVOICES = Statement(
    select(
        LISTED.c.id.label("subject"),
        *_NAMED,
        _settled().label("settled"),
        (Invoice.status == InvoiceStatus.OPEN).is_(True).label("same"),
    )
    .select_from(LISTED)
    .join(Organization, Organization.stripe_customer_id == LISTED.c.customer)
    .outerjoin(
        Invoice,
        (Invoice.organization_id == Organization.id) & (Invoice.stripe_invoice_id == LISTED.c.id),
    )
)
"""Whether each open invoice of an organization of ours is open with us, too."""

COUNT_LISTED = Statement(
    select(func.count().label("total"))
    .select_from(LISTED)
    .join(Organization, Organization.stripe_customer_id == LISTED.c.customer)
)
"""How many of the listed objects belong to organizations of ours."""


def _living_subscriptions() -> Subquery:
    living = select(Subscription.organization_id, Subscription.stripe_subscription_id).where(
        text(LIVING_SQL)
    )
    found = select(Finding.organization_id, Finding.subject).where(
        _is_one_of(Finding.kind, _OF_SUBSCRIPTIONS), Finding.closed_at.is_(None)
    )
    return union(living, found).subquery("ours")


def _open_invoices() -> Subquery:
    return (
        select(Invoice.organization_id, Invoice.stripe_invoice_id)
        .where(Invoice.status == written_out(InvoiceStatus.OPEN), ~Invoice.abandoned)
        .subquery("ours")
    )


def _open_checkouts() -> Subquery:
    return (
        select(BillingSession.organization_id, BillingSession.stripe_session_id)
        .where(
            BillingSession.kind == written_out(BillingSessionKind.CHECKOUT),
            BillingSession.status == written_out(BillingSessionStatus.OPEN),
        )
        .subquery("ours")
    )


def _customers() -> Subquery:
    customer: ColumnElement[Any] = Organization.stripe_customer_id.expression
    return select(Organization.id, customer).where(customer.is_not(None)).subquery("ours")


def _missed(ours: Subquery) -> Statement:
    """Of `ours`, pairs of organization and Stripe's id, what Stripe has not listed."""
    organization_id, subject = ours.c
    sighted = exists().where(
        Sighting.reconciliation_id == bindparam("run", type_=Uuid), Sighting.stripe_id == subject
    )
    return Statement(
        select(subject.label("subject"), *_NAMED)
        .select_from(ours)
        .join(Organization, Organization.id == organization_id)
        .where(_OF_ONE_OR_ALL, _settled(), ~sighted, subject > bindparam("after", type_=Text))
        .order_by(subject)
        .limit(_LIMIT)
    )


MISSED_SUBSCRIPTIONS = _missed(_living_subscriptions())
MISSED_INVOICES = _missed(_open_invoices())
MISSED_CHECKOUTS = _missed(_open_checkouts())
MISSED_CUSTOMERS = _missed(_customers())


def _count(ours: Subquery) -> Any:
    return (
        select(func.count())
        .select_from(ours)
        .join(Organization, Organization.id == ours.c[0])
        .where(_OF_ONE_OR_ALL)
        .scalar_subquery()
    )


COUNT_OURS = Statement(
    select(
        (
            _count(_living_subscriptions())
            + _count(_open_invoices())
            + _count(_open_checkouts())
            + _count(_customers())
        ).label("total")
    )
)
"""How much there is to compare, of `:only` or of all."""

_SCHEDULING = (IntentKind.CREATE_SCHEDULE, IntentKind.UPDATE_SCHEDULE, IntentKind.RELEASE_SCHEDULE)


def _empty_schedules() -> Statement:
    last = (
        select(Intent.kind, Intent.closed_at)
        .where(
            Intent.organization_id == Subscription.organization_id,
            _is_one_of(Intent.kind, _SCHEDULING),
            Intent.status == IntentStatus.SUCCEEDED,
        )
        .order_by(Intent.closed_at.desc(), Intent.id.desc())
        .limit(1)
        .lateral("last")
    )
    left_open = aliased(Intent)
    is_busy = exists().where(
        left_open.organization_id == Subscription.organization_id,
        left_open.status == IntentStatus.OPEN,
    )
    empty: Select[*tuple[Any, ...]] = (
        select(Subscription.stripe_schedule_id.label("subject"), *_NAMED)
        .join(Organization, Organization.id == Subscription.organization_id)
        .join(last, true())
        .where(
            _OF_ONE_OR_ALL,
            Subscription.is_current,
            Subscription.stripe_schedule_id > bindparam("after", type_=Text),
            Subscription.pending_kind.is_(None),
            last.c.kind == IntentKind.CREATE_SCHEDULE,
            last.c.closed_at <= NOW,
            ~is_busy,
        )
        .order_by(Subscription.stripe_schedule_id)
        .limit(_LIMIT)
    )
    return Statement(empty)


EMPTY_SCHEDULES = _empty_schedules()
"""Schedules that were made by `:now` for a change that nobody has carried on with.

Only what we have made ourselves: a schedule from Stripe's dashboard may be meant to be so.
"""
