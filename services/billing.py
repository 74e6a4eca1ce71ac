"""Buying: from the choice of a plan to a page at Stripe, and back."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

from db import seats, subscriptions
from db.database import Database, Transaction
from db.enums import DEAD, IntentKind
from db.models import BillingSession, Intent
from services.actors import Actor
from services.catalogue import Catalogue
from services.change_refusals import PromotionCodeNotValid
from services.checkout import CheckoutSteps, Purchase
from services.clock import Clock
from services.deadlines import answering_in_time
from services.idempotency import IdempotentCall
from services.intents import IntentService
from services.organizations import lock_as_member
from services.permissions import OrganizationAction, require, subscription_refusal
from services.plan_choices import PlanChoice
from services.refusals import BillingUnavailable, Refusal, SeatsBelowUsage
from services.return_urls import ReturnURLs
from services.stripe_gateway import PromotionCodesAtStripe, StripeRefusedError
from services.subscription_views import subscription_view
from services.sync import SyncService
from services.views import UserView

MOST_STEPS = 30
"""Customer, expiry of another choice, sync, checkout: four, and several times that when rivals
choose at the same moment and each carries on what the others began."""

PROMOTION_CODE = re.compile("[A-Za-z0-9-]{1,500}")
"""https://docs.stripe.com/api/promotion_codes/object#promotion_code_object-code"""

Asking = Callable[[Purchase], Awaitable[None]]
"""What Stripe is asked before anything is decided."""


class BillingService:
    """Each decision is a transaction under the organization's lock; Stripe is called between."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        catalogue: Catalogue,
        intent_service: IntentService,
        sync_service: SyncService,
        *,
        return_urls: ReturnURLs,
        default_currency: str,
        collects_tax: bool,
        promotion_codes: PromotionCodesAtStripe,
        deadline: timedelta,
    ) -> None:
        self._database = database
        self._clock = clock
        self._catalogue = catalogue
        self._intents = intent_service
        self._steps = CheckoutSteps(
            intent_service, clock, default_currency=default_currency, collects_tax=collects_tax
        )
        self._promotion_codes = promotion_codes
        self._sync = sync_service
        self._return_urls = return_urls
        self._deadline = deadline.total_seconds()

    async def select_plan(
        self,
        organization_id: UUID,
        choice: PlanChoice,
        *,
        viewer: UserView,
        actor: Actor,
        idempotency_key: str | None = None,
    ) -> UUID:
        """Open a checkout for the choice; the id of its billing session (B5).

        The same choice again gives the open checkout, another choice expires it; two calls at once
        give one. Of rivals who choose at once each opens one, in turn; the last one's stays open,
        and who was overtaken is given a checkout that has expired. Each step looks at the state
        anew, so a call that died at any point is carried on by the next.
        """
        purchase = Purchase(
            organization_id,
            viewer,
            actor,
            choice,
            self._return_urls.checked(choice.return_url),
            _call(organization_id, choice, viewer=viewer, key=idempotency_key),
            await self._catalogue.snapshot(),
        )
        async with answering_in_time(self._deadline):
            for _ in range(MOST_STEPS):
                step = await self._next_step(purchase)
                if isinstance(step, UUID):
                    return step
                await self._take(step, purchase)
        raise BillingUnavailable(retry_after_seconds=2)

    async def sync(self, organization_id: UUID, *, viewer: UserView) -> None:
        """The return leg: ask Stripe now how things stand (B1)."""
        async with self._database.begin() as transaction:
            _, membership = await lock_as_member(transaction, organization_id, viewer=viewer)
            require(OrganizationAction.SELECT_PLAN, membership)
        async with answering_in_time(self._deadline):
            await self._sync.sync(organization_id)

    async def _take(self, step: Intent | Asking, purchase: Purchase) -> None:
        if not isinstance(step, Intent):
            await step(purchase)
            return
        try:
            await self._intents.run(step)
        except StripeRefusedError as error:
            # An open checkout that was paid cannot expire, a price may just have been archived:
            # what Stripe says now decides. Of one kind of write twice, it is an answer.
            _raise_if_about_code(error, purchase)
            if step.kind in purchase.refused:
                raise
            purchase.refused.add(step.kind)
            await self._fetch(purchase)
            purchase.snapshot = await self._catalogue.refresh()
            return
        if step.kind is IntentKind.CREATE_CHECKOUT_SESSION:
            purchase.opened = step.id

    async def _fetch(self, purchase: Purchase) -> None:
        purchase.synced = True
        await self._sync.sync(purchase.organization_id)

    async def _find_promotion_code(self, purchase: Purchase) -> None:
        code, found = purchase.choice.promotion_code, None
        assert code is not None, "asked for where there is one"
        if PROMOTION_CODE.fullmatch(code):
            found = await self._promotion_codes.find_promotion_code(
                code, customer_id=purchase.customer_id
            )
        if found is None:
            raise PromotionCodeNotValid(code)
        purchase.promotion_code_id = found

    async def _next_step(self, purchase: Purchase) -> UUID | Intent | Asking:
        """The open checkout's id; or the write to do next; or what to ask Stripe before.

        Who may not buy, or calls again with the same key, is answered without asking.
        """
        async with self._database.begin() as transaction:
            organization, membership = await lock_as_member(
                transaction, purchase.organization_id, viewer=purchase.viewer
            )
            require(OrganizationAction.SELECT_PLAN, membership)
            now = self._clock.now()
            if answer := await purchase.call.answer(transaction, now=now):
                return UUID(answer["billingSessionId"])
            price = self._steps.price(organization, purchase)
            if refusal := await _refusal_of_subscription(transaction, purchase):
                if purchase.synced:
                    raise refusal
                return self._fetch  # it may have ended, or been paid, just now
            await self._require_seats(transaction, purchase)
            if purchase.choice.promotion_code is not None and purchase.promotion_code_id is None:
                purchase.customer_id = organization.stripe_customer_id
                return self._find_promotion_code
            step = await self._steps.next_step(transaction, organization, price, purchase)
            if not isinstance(step, BillingSession):
                return step or self._fetch
            await purchase.call.remember(transaction, {"billingSessionId": str(step.id)}, now=now)
            return step.id

    async def _require_seats(self, transaction: Transaction, purchase: Purchase) -> None:
        occupied, reserved = await seats.count_taken(
            transaction, purchase.organization_id, now=self._clock.now()
        )
        if occupied + reserved > purchase.choice.seats:
            raise SeatsBelowUsage(purchase.choice.seats, occupied, reserved)


async def _refusal_of_subscription(transaction: Transaction, purchase: Purchase) -> Refusal | None:
    """Why the subscription, as it was last seen, keeps the organization from buying one."""
    current = await subscriptions.get_current(transaction, purchase.organization_id)
    living = current if current is not None and current.status not in DEAD else None
    view = subscription_view(living, purchase.snapshot) if living else None
    return subscription_refusal(OrganizationAction.SELECT_PLAN, view)


def _raise_if_about_code(error: StripeRefusedError, purchase: Purchase) -> None:
    """An active code may still not be for this customer, or not for this price."""
    code = purchase.choice.promotion_code
    about = f"{error.code} {error.param} {error.message}".lower()
    if code is not None and any(word in about for word in ("promotion", "coupon", "discount")):
        raise PromotionCodeNotValid(code) from error


def _call(
    organization_id: UUID, choice: PlanChoice, *, viewer: UserView, key: str | None
) -> IdempotentCall:
    given = {
        "plan": choice.plan,
        "interval": choice.interval,
        "seats": choice.seats,
        "currency": choice.currency,
        "promotionCode": choice.promotion_code,
        "returnUrl": choice.return_url,
    }
    return IdempotentCall(key, viewer.id, organization_id, "selectPlan", given)
