"""Organizations as one of their members sees them: one statement, by what is selected."""

from collections.abc import Sequence
from uuid import UUID

from db import organizations
from db.database import Database, Row
from db.enums import ENTITLED, DeactivationReason, MemberRole, MemberStatus, SubscriptionStatus
from execution.selection import Selection
from services.access import AccessView
from services.catalogue import Catalogue, CatalogueSnapshot
from services.clock import Clock
from services.members import held_seat
from services.pages import Page, PageRequest, encode_cursor, make_page
from services.seat_limit import SeatSituation, seat_usage
from services.subscription_views import joined_subscription_view
from services.views import UNLOADED, MemberView, OrganizationView, PlanView, UserView

PARTS: dict[str, frozenset[str]] = {
    "plan": frozenset({organizations.ENTITLEMENT}),
    "subscription": frozenset({organizations.SUBSCRIPTION}),
    "upcoming_events": frozenset({organizations.SUBSCRIPTION, organizations.EXPIRY}),
    "viewer_can": frozenset({organizations.SUBSCRIPTION, organizations.SEAT_COUNTS}),
    "seat_usage": frozenset({organizations.ENTITLEMENT, organizations.SEAT_COUNTS}),
    "access": frozenset({organizations.EXPIRY}),
}
"""What has to be read for a selected attribute, beside the organization's own columns."""

_ROLES = dict(MemberRole.__members__)
_STATUSES = dict(MemberStatus.__members__)
_TELLING_THE_PLAN = {organizations.ENTITLEMENT, organizations.SUBSCRIPTION}


def parts_of(selection: Selection) -> frozenset[str]:
    """The parts that a selection on an organization wants read."""
    wanted = [PARTS[name] for name in selection.names & PARTS.keys()]
    if "seat" in selection["viewer_membership"]:
        wanted.append(frozenset({organizations.VIEWER_SEAT}))
    return frozenset().union(*wanted)


class OrganizationReads:
    """Every read joins the viewer's membership: what is not theirs is not found (P2)."""

    def __init__(self, database: Database, clock: Clock, catalogue: Catalogue) -> None:
        self._database = database
        self._clock = clock
        self._catalogue = catalogue

    async def get_many(
        self, ids: Sequence[UUID], *, viewer: UserView, selection: Selection
    ) -> dict[UUID, OrganizationView]:
        """Those of `ids` that the viewer belongs to."""
        parts = parts_of(selection)
        rows = await self._database.fetch(
            organizations.viewed_by_ids(parts),
            ids=list(ids),
            user_id=viewer.id,
            now=self._clock.now(),
        )
        views = await self._views(rows, viewer=viewer, parts=parts)
        return {view.id: view for view in views}

    async def get_by_name(
        self, name: str, *, viewer: UserView, selection: Selection
    ) -> OrganizationView | None:
        """The organization of this name, if the viewer belongs to it."""
        parts = parts_of(selection)
        rows = await self._database.fetch(
            organizations.viewed_by_name(parts),
            name=name,
            user_id=viewer.id,
            now=self._clock.now(),
        )
        views = await self._views(rows, viewer=viewer, parts=parts)
        return views[0] if views else None

    async def find_id(self, name: str) -> UUID | None:
        """The organization of this name, whoever asks: for operators."""
        row = await self._database.fetch_row(organizations.ID_BY_NAME, name=name)
        return row["id"] if row else None

    async def list_for_viewer(
        self, request: PageRequest, *, viewer: UserView, selection: Selection
    ) -> Page[OrganizationView]:
        """A page of the viewer's organizations, by name. `selection` is on its nodes."""
        parts = parts_of(selection)
        rows = await self._database.fetch(
            organizations.viewed_page(parts, after=request.after is not None),
            user_id=viewer.id,
            now=self._clock.now(),
            **request.bounds,
        )
        total = None
        if request.with_total:
            count = await self._database.fetch_row(organizations.COUNT_VIEWED, user_id=viewer.id)
            total = count[0] if count else 0
        views = await self._views(rows, viewer=viewer, parts=parts)
        return make_page(views, request, cursor_of=lambda o: encode_cursor(o.name), total=total)

    async def _views(
        self, rows: Sequence[Row], *, viewer: UserView, parts: frozenset[str]
    ) -> list[OrganizationView]:
        snapshot = await self._catalogue.snapshot()
        return [_view(row, viewer=viewer, parts=parts, snapshot=snapshot) for row in rows]


def _view(
    row: Row, *, viewer: UserView, parts: frozenset[str], snapshot: CatalogueSnapshot
) -> OrganizationView:
    reason = row["deactivation_reason"]
    membership = MemberView(
        row["id"],
        row["member_id"],
        _ROLES[row["role"]],
        _STATUSES[row["status"]],
        DeactivationReason[reason] if reason else None,
        row["deactivated_at"],
        row["joined_at"],
        viewer,
        held_seat(row, row["id"]) if organizations.VIEWER_SEAT in parts else UNLOADED,
    )
    subscription = plan = usage = seats = access = UNLOADED
    if parts & _TELLING_THE_PLAN:
        plan, purchased = _entitlement(row, snapshot)
        if organizations.SEAT_COUNTS in parts:
            occupied, reserved = row["occupied"], row["reserved"]
            usage = seat_usage(plan, purchased=purchased, occupied=occupied, reserved=reserved)
    if organizations.SUBSCRIPTION in parts:
        subscription = joined_subscription_view(row, snapshot)
        if usage is not UNLOADED:
            seats = SeatSituation(plan, subscription, usage, snapshot.plans)
    if organizations.EXPIRY in parts:
        access = _access(row)
    return OrganizationView(
        row["id"],
        row["name"],
        row["display_name"],
        row["created_at"],
        row["billing_email"],
        row["stripe_customer_id"] is not None,
        membership,
        subscription,
        plan,
        usage,
        seats,
        access,
    )


def _entitlement(row: Row, snapshot: CatalogueSnapshot) -> tuple[PlanView, int | None]:
    """The plan in force, and the seats bought; None when nothing is entitled."""
    if row["subscription_status"] not in ENTITLED:
        return snapshot.free, None
    price = snapshot.price(row["subscription_price_id"])
    return snapshot.plan(price.plan_code), row["subscription_seats"]


def _access(row: Row) -> AccessView:
    status = row["expired_status"]
    return AccessView(
        row["id"],
        SubscriptionStatus(status) if status else None,
        row["deactivates_at"],
        row["organization_deactivated_at"],
    )
