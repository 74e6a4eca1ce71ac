"""The mirror compared with what Stripe lists: a page is one statement, and writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from db import mirror as db_mirror
from db.database import Database, Row
from db.statements import Statement
from services import mirror, payment_mirror, pending_mirror
from services.catalogue import Catalogue, CatalogueSnapshot
from services.stripe_gateway import StripeReference, StripeSubscription
from services.stripe_snapshot import pending_terms
from services.views import PriceView


@dataclass(frozen=True, slots=True)
class Difference:
    """What is not with us as it is with Stripe; `sync` of the organization repairs it."""

    organization_id: UUID
    organization_name: str
    subject: str
    """Stripe's id of what differs."""
    fields: tuple[str, ...]
    """The columns that differ, or `missing`: it is on one side only."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A page that was compared: how much of it is ours, and what differs."""

    ours: int
    differences: tuple[Difference, ...]


MISSING = ("missing",)
PRICE = ("price_id",)


class MirrorComparison:
    """Asks our tables only. `ticket` was taken before the page was fetched (B1)."""

    def __init__(self, database: Database, catalogue: Catalogue) -> None:
        self._database = database
        self._catalogue = catalogue

    async def subscriptions(self, listed: Sequence[StripeSubscription], *, ticket: int) -> Compared:
        """Living subscriptions: column by column, as `sync` would write them."""
        living = {one.id: one for one in listed}
        rows = await self._fetch(db_mirror.LISTED_SUBSCRIPTIONS, listed, ticket=ticket)
        catalogue = await self._catalogue_for(living[row["subject"]] for row in rows)
        found = [
            _difference(row, fields)
            for row in rows
            if row["settled"] and (fields := _fields(row, living[row["subject"]], catalogue))
        ]
        return Compared(len(rows), tuple(found))

    async def invoices(self, listed: Sequence[StripeReference], *, ticket: int) -> Compared:
        """Open invoices: whether they are open with us, too."""
        rows = await self._fetch(db_mirror.LISTED_INVOICES, listed, ticket=ticket)
        found = [
            _difference(row, ("status",)) for row in rows if row["settled"] and not row["same"]
        ]
        return Compared(len(rows), tuple(found))

    async def references(self, listed: Sequence[StripeReference], *, ticket: int) -> Compared:
        """What we look for on our side only: nothing of the page differs."""
        rows = await self._fetch(db_mirror.COUNT_LISTED, listed, ticket=ticket)
        return Compared(rows[0]["total"], ())

    async def _fetch(
        self,
        statement: Statement,
        listed: Sequence[StripeReference | StripeSubscription],
        *,
        ticket: int,
    ) -> list[Row]:
        return await self._database.fetch(
            statement,
            ids=[one.id for one in listed],
            customers=[one.customer_id for one in listed],
            ticket=ticket,
        )

    async def _catalogue_for(self, listed: Any) -> CatalogueSnapshot:
        """Read anew if a price is not in it: it may have been pushed just now."""
        catalogue = await self._catalogue.snapshot()
        if all(catalogue.price_of_stripe(one.stripe_price_id) for one in listed):
            return catalogue
        return await self._catalogue.refresh()


def _difference(row: Row, fields: tuple[str, ...]) -> Difference:
    return Difference(row["owner_id"], row["owner_name"], row["subject"], fields)


def _fields(row: Row, listed: StripeSubscription, catalogue: CatalogueSnapshot) -> tuple[str, ...]:
    """What differs. What an open finding tells already is for a person, until it is gone."""
    if not mirror.is_ours(listed, row["owner_id"], is_mirrored=row["id"] is not None):
        return MISSING if row["is_extra"] or row["is_unknown"] else ()  # findings of no concern
    if row["is_extra"]:
        return ()
    price = catalogue.price_of_stripe(listed.stripe_price_id)
    if (price is None) != row["is_unknown"]:
        return PRICE
    if row["id"] is None:
        return () if row["is_unknown"] else MISSING
    wanted = _columns(listed, catalogue, price=price or catalogue.price(row["price_id"]))
    return tuple(name for name, value in wanted.items() if row[name] != value)


def _columns(
    listed: StripeSubscription, catalogue: CatalogueSnapshot, *, price: PriceView
) -> Mapping[str, Any]:
    """A card of its own is compared; who is charged by the customer's says nothing of it here."""
    terms = pending_terms(listed)
    keeps_price = terms is not None and terms.stripe_price_id == listed.stripe_price_id
    known = catalogue.price_of_stripe(terms.stripe_price_id) if terms else None
    next_price = price if keeps_price else known
    wanted = mirror.columns(listed, price=price)
    wanted |= pending_mirror.columns(listed, next_price=next_price)
    if listed.payment_method is not None:
        wanted |= payment_mirror.payment_method_columns(listed.payment_method)
    return wanted
