"""The lists of the Stripe account that are compared, phase by phase.

Each is what Stripe calls open or living; we hold the same, and what is on one side only differs.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from db import mirror
from db.enums import ReconciliationPhase
from db.statements import Statement
from services.mirror_comparison import Compared, MirrorComparison
from services.stripe_gateway import StripeGateway, StripePage, StripeReference


@dataclass(frozen=True, slots=True)
class AccountList:
    """How a phase reads a page, compares it, and finds what we have and Stripe did not list."""

    fetch: Callable[[str | None, str | None], Awaitable[StripePage[Any]]]
    """Of (`after`, `customer_id`); without a customer, of the whole account."""
    compare: Callable[..., Awaitable[Compared]]
    missed: Statement


def account_lists(
    gateway: StripeGateway, comparison: MirrorComparison
) -> dict[ReconciliationPhase, AccountList]:
    """Every phase, in the order in which they run."""

    async def customers(after: str | None, customer_id: str | None) -> StripePage[StripeReference]:
        if customer_id is None:
            return await gateway.list_customers(after=after)
        customer = await gateway.get_customer(customer_id)
        there = () if customer.is_deleted else (StripeReference(customer_id, customer_id),)
        return StripePage(there, None)

    return {
        ReconciliationPhase.SUBSCRIPTIONS: AccountList(
            lambda after, customer: gateway.list_living_subscriptions(
                after=after, customer_id=customer
            ),
            comparison.subscriptions,
            mirror.MISSED_SUBSCRIPTIONS,
        ),
        ReconciliationPhase.INVOICES: AccountList(
            lambda after, customer: gateway.list_open_invoices(after=after, customer_id=customer),
            comparison.invoices,
            mirror.MISSED_INVOICES,
        ),
        ReconciliationPhase.CHECKOUTS: AccountList(
            lambda after, customer: gateway.list_open_checkout_sessions(
                after=after, customer_id=customer
            ),
            comparison.references,
            mirror.MISSED_CHECKOUTS,
        ),
        ReconciliationPhase.CUSTOMERS: AccountList(
            customers, comparison.references, mirror.MISSED_CUSTOMERS
        ),
    }


def next_phase(phase: ReconciliationPhase) -> ReconciliationPhase | None:
    """The phase after this one; None: that was the last."""
    phases: Sequence[ReconciliationPhase] = list(ReconciliationPhase)
    place = phases.index(phase) + 1
    return phases[place] if place < len(phases) else None
