"""Batching for what look-ahead cannot see: siblings that each lead to an object of their own."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from functools import cached_property
from typing import TypeVar
from uuid import UUID

from aiodataloader import DataLoader

from execution.selection import Selection
from resolvers.cancellable_loader import CancellableLoader
from services.assembly import Services
from services.audit_log import AuditLogRequest
from services.billing_health import BillingHealthView
from services.billing_views import InvoiceView, QuoteView
from services.global_ids import TenantKey
from services.invitation_reads import InvitationListRequest
from services.members import MemberListRequest
from services.pages import Page, PageRequest
from services.record_views import AuditEventView, SeatLedgerEntryView
from services.seats import SeatListRequest
from services.views import (
    BillingSessionView,
    InvitationView,
    MemberView,
    OrganizationView,
    SeatView,
    UserView,
)

T = TypeVar("T")
R = TypeVar("R", bound=Hashable)
ListForEach = Callable[[Sequence[UUID], R], Awaitable[Sequence[T]]]
GetMany = Callable[[Sequence[TenantKey]], Awaitable[dict[TenantKey, T]]]


class Loaders:
    """The loaders of one operation, each made when it is first used."""

    def __init__(self, services: Services, viewer: UserView | None) -> None:
        self._services = services
        self._viewer = viewer

    @cached_property
    def organization(self) -> "DataLoader[tuple[UUID, Selection], OrganizationView | None]":
        """Organizations that the viewer belongs to, by id and what is selected of them."""
        return CancellableLoader(self._load_organizations)

    async def _load_organizations(
        self, keys: Sequence[tuple[UUID, Selection]]
    ) -> list[OrganizationView | None]:
        if self._viewer is None:
            return [None] * len(keys)
        selection = Selection.EMPTY
        for _, selected in keys:
            selection |= selected
        found = await self._services.organization_reads.get_many(
            [key for key, _ in keys], viewer=self._viewer, selection=selection
        )
        return [found.get(key) for key, _ in keys]

    @cached_property
    def members(self) -> "DataLoader[tuple[UUID, MemberListRequest], Page[MemberView]]":
        """Pages of members, by organization and request."""
        return _pages(self._services.members.list_for_each)

    @cached_property
    def seats(self) -> "DataLoader[tuple[UUID, SeatListRequest], Page[SeatView]]":
        """Pages of seats, by organization and request."""
        return _pages(self._services.seats.list_for_each)

    @cached_property
    def seat_ledger(self) -> "DataLoader[tuple[UUID, PageRequest], Page[SeatLedgerEntryView]]":
        """Pages of the seat ledger, by organization and request."""
        return _pages(self._services.seat_history.list_for_each)

    @cached_property
    def invitations(
        self,
    ) -> "DataLoader[tuple[UUID, InvitationListRequest], Page[InvitationView]]":
        """Pages of invitations, by organization and request."""
        return _pages(self._services.invitation_reads.list_for_each)

    @cached_property
    def audit_log(self) -> "DataLoader[tuple[UUID, AuditLogRequest], Page[AuditEventView]]":
        """Pages of the audit log, by organization and request."""
        return _pages(self._services.audit_log.list_for_each)

    @cached_property
    def billing_sessions(self) -> "DataLoader[tuple[UUID, PageRequest], Page[BillingSessionView]]":
        """Pages of billing sessions, by organization and request."""
        return _pages(self._services.billing_sessions.list_for_each)

    @cached_property
    def billing_health(self) -> "DataLoader[UUID, BillingHealthView]":
        """How well billing is in step with Stripe, by organization."""
        return DataLoader(self._services.billing_health.list_for_each, cache=False)

    @cached_property
    def invoices(self) -> "DataLoader[tuple[UUID, PageRequest], Page[InvoiceView]]":
        """Pages of invoices, by organization and request."""
        return _pages(self._services.invoices.list_for_each)

    @cached_property
    def invoice(self) -> "DataLoader[TenantKey, InvoiceView | None]":
        """Invoices by key."""
        return _rows(self._services.invoices.get_many)

    @cached_property
    def quote(self) -> "DataLoader[TenantKey, QuoteView | None]":
        """Quotes by key."""
        return _rows(self._services.quotes.get_many)

    @cached_property
    def member(self) -> "DataLoader[TenantKey, MemberView | None]":
        """Members by key, former ones too."""
        return _rows(self._services.members.get_many)

    @cached_property
    def seat(self) -> "DataLoader[TenantKey, SeatView | None]":
        """Seats that are taken now, by key."""
        return _rows(self._services.seats.get_many)

    @cached_property
    def seat_ledger_entry(self) -> "DataLoader[TenantKey, SeatLedgerEntryView | None]":
        """Rows of the seat ledger, by key."""
        return _rows(self._services.seat_history.get_many)

    @cached_property
    def invitation(self) -> "DataLoader[TenantKey, InvitationView | None]":
        """Invitations by key."""
        return _rows(self._services.invitation_reads.get_many)

    @cached_property
    def audit_event(self) -> "DataLoader[TenantKey, AuditEventView | None]":
        """Audit events by key."""
        return _rows(self._services.audit_log.get_many)

    @cached_property
    def billing_session(self) -> "DataLoader[TenantKey, BillingSessionView | None]":
        """Billing sessions by key."""
        return _rows(self._services.billing_sessions.get_many)

    @cached_property
    def membership(self) -> "DataLoader[UUID, MemberView | None]":
        """The viewer's own memberships, by organization."""
        return CancellableLoader(self._load_memberships)

    async def _load_memberships(self, keys: Sequence[UUID]) -> list[MemberView | None]:
        if self._viewer is None:
            return [None] * len(keys)
        found = await self._services.members.get_memberships(keys, user_id=self._viewer.id)
        return [found.get(key) for key in keys]


def _pages(list_for_each: ListForEach[R, T]) -> "DataLoader[tuple[UUID, R], T]":
    """Equal requests on many organizations are one statement."""

    async def load(keys: Sequence[tuple[UUID, R]]) -> list[T]:
        by_request: defaultdict[R, dict[UUID, None]] = defaultdict(dict)
        for organization_id, request in keys:
            by_request[request][organization_id] = None
        loaded: dict[tuple[UUID, R], T] = {}
        for request, organization_ids in by_request.items():
            ids = list(organization_ids)
            pages = await list_for_each(ids, request)
            loaded |= {(i, request): page for i, page in zip(ids, pages, strict=True)}
        return [loaded[key] for key in keys]

    return CancellableLoader(load)


def _rows(get_many: GetMany[T]) -> "DataLoader[TenantKey, T | None]":
    async def load(keys: Sequence[TenantKey]) -> list[T | None]:
        found = await get_many(keys)
        return [found.get(key) for key in keys]

    return CancellableLoader(load)
