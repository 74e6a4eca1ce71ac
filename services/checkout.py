"""The next step on the way to an open checkout, decided under the organization's lock (B5)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from db import billing_sessions, intents
from db.database import Transaction
from db.enums import BillingSessionStatus, IntentKind
from db.ids import new_id
from db.models import BillingSession, Intent, Organization
from services.actors import Actor
from services.catalogue import CatalogueSnapshot
from services.change_refusals import CurrencyFixed
from services.checkout_opening import announce_checkout
from services.clock import Clock
from services.global_ids import encode
from services.idempotency import IdempotentCall
from services.intents import IntentService
from services.plan_choices import PlanChoice, price_for
from services.return_urls import with_parameters
from services.settling import close_billing_session
from services.stripe_gateway import INTENT_ID
from services.views import PriceView, UserView

CHECKOUT_WRITES = (
    IntentKind.CREATE_CUSTOMER,
    IntentKind.EXPIRE_CHECKOUT_SESSION,
    IntentKind.CREATE_CHECKOUT_SESSION,
)


@dataclass(slots=True)
class Purchase:
    """One call of `select_plan`, through its steps.

    `synced`: Stripe was asked in this call; `refused`: what it did not do in this call; `opened`:
    the last checkout that this call opened or announced, for itself or for a rival whom it helped.
    """

    organization_id: UUID
    viewer: UserView
    actor: Actor
    choice: PlanChoice
    return_url: str
    call: IdempotentCall
    snapshot: CatalogueSnapshot
    customer_id: str | None = None
    promotion_code_id: str | None = None
    synced: bool = False
    refused: set[IntentKind] = field(default_factory=set)
    opened: UUID | None = None


class CheckoutSteps:
    """Looks at the state anew each time, so that any call can carry on what another began."""

    def __init__(
        self,
        intent_service: IntentService,
        clock: Clock,
        *,
        default_currency: str,
        collects_tax: bool,
    ) -> None:
        self._intents = intent_service
        self._clock = clock
        self._default_currency = default_currency
        self._collects_tax = collects_tax

    def price(self, organization: Organization, purchase: Purchase) -> PriceView:
        """What the choice costs today, or the refusal that says what there is."""
        _require_kept_currency(organization, purchase.choice)
        return price_for(
            purchase.choice,
            purchase.snapshot,
            currency=organization.currency or self._default_currency,
        )

    async def next_step(
        self,
        transaction: Transaction,
        organization: Organization,
        price: PriceView,
        purchase: Purchase,
    ) -> BillingSession | Intent | None:
        """The checkout for this choice; or the write to do next; or None: ask Stripe first.

        What this call has opened is its answer, even if a rival's choice has replaced it since: to
        open it once more would replace the rival's in turn, and so on until time is up.
        """
        begun = await self._opened(transaction, price, purchase) or await intents.get_open(
            transaction, organization.id, kinds=CHECKOUT_WRITES
        )
        if begun is not None:
            return begun
        if organization.stripe_customer_id is None:
            return self._announce_customer(transaction, organization, purchase)
        session = await self._open_checkout(transaction, organization.id)
        if session is not None and _is_for(session, price, purchase):
            return session
        if not purchase.synced:
            return None
        wanted = self._parameters(organization, price, purchase)
        if session is not None:
            return self._announce_replacement(transaction, session, wanted, purchase)
        return announce_checkout(
            transaction,
            organization.id,
            parameters=wanted,
            actor=purchase.actor,
            now=self._clock.now(),
        )

    async def _opened(
        self, transaction: Transaction, price: PriceView, purchase: Purchase
    ) -> BillingSession | None:
        if purchase.opened is None:
            return None
        session = await billing_sessions.get(transaction, purchase.organization_id, purchase.opened)
        if session is None or session.status is BillingSessionStatus.COMPLETED:
            return None
        is_ours = _is_for(session, price, purchase) and not _is_over(session, self._clock.now())
        return session if is_ours else None

    async def _open_checkout(
        self, transaction: Transaction, organization_id: UUID
    ) -> BillingSession | None:
        session = await billing_sessions.get_open_checkout(transaction, organization_id)
        now = self._clock.now()
        if session is None or not _is_over(session, now):
            return session
        close_billing_session(session, BillingSessionStatus.EXPIRED, now=now)
        return None

    def _announce_customer(
        self, transaction: Transaction, organization: Organization, purchase: Purchase
    ) -> Intent:
        intent_id = new_id()
        return self._intents.announce(
            transaction,
            organization.id,
            intent_id=intent_id,
            kind=IntentKind.CREATE_CUSTOMER,
            parameters={
                "name": organization.display_name,
                "email": organization.billing_email,
                "metadata": _metadata(organization, intent_id),
            },
            actor=purchase.actor,
        )

    def _announce_replacement(
        self,
        transaction: Transaction,
        session: BillingSession,
        wanted: dict[str, Any],
        purchase: Purchase,
    ) -> Intent:
        """The end of an open checkout, and what is opened then: the expiry announces it as it is
        settled. So a caller who runs out of time in between leaves no organization without one.
        """
        replacement = {"parameters": wanted, "request_id": purchase.actor.request_id}
        purchase.opened = UUID(wanted["id"])
        return self._intents.announce(
            transaction,
            session.organization_id,
            intent_id=new_id(),
            kind=IntentKind.EXPIRE_CHECKOUT_SESSION,
            parameters={"session_id": session.stripe_session_id, "replacement": replacement},
            actor=purchase.actor,
        )

    def _parameters(
        self, organization: Organization, price: PriceView, purchase: Purchase
    ) -> dict[str, Any]:
        intent_id = new_id()
        return {
            "id": str(intent_id),
            "stripe": {
                "customer_id": organization.stripe_customer_id,
                "price_id": price.stripe_price_id,
                "seats": purchase.choice.seats,
                "trial_days": 0 if organization.trial_began_at else price.trial_days,
                "promotion_code_id": purchase.promotion_code_id,
                "collects_tax": self._collects_tax,
                "client_reference_id": str(organization.id),
                "metadata": _metadata(organization, intent_id),
                **_urls(purchase.return_url, organization.id, intent_id),
            },
            "price_id": str(price.id),
            "return_url": purchase.return_url,
            "promotion_code": purchase.choice.promotion_code,
        }


def _is_over(session: BillingSession, now: datetime) -> bool:
    return session.expires_at is not None and session.expires_at <= now


def _is_for(session: BillingSession, price: PriceView, purchase: Purchase) -> bool:
    choice = purchase.choice
    opened_for = (session.price_id, session.seats, session.promotion_code, session.return_url)
    return opened_for == (price.id, choice.seats, choice.promotion_code, purchase.return_url)


def _require_kept_currency(organization: Organization, choice: PlanChoice) -> None:
    """An organization is charged in the currency of its first purchase; Stripe wants it, too."""
    kept = organization.currency
    if kept is not None and choice.currency is not None and choice.currency.lower() != kept:
        raise CurrencyFixed(kept)


def _metadata(organization: Organization, intent_id: UUID) -> dict[str, Any]:
    return {"organization_id": str(organization.id), INTENT_ID: str(intent_id)}


def _urls(return_url: str, organization_id: UUID, session_id: UUID) -> dict[str, str]:
    parameters = {"billingSessionId": encode("BillingSession", organization_id, session_id)}
    return {
        "success_url": with_parameters(return_url, **parameters, outcome="completed"),
        "cancel_url": with_parameters(return_url, **parameters, outcome="canceled"),
    }
