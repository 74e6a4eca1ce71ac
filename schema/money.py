"""Amounts of money."""

from dataclasses import dataclass

import strawberry

from schema.fields import resolved
from schema.info import Info
from schema.scalars import Long
from services.money import formatted


@dataclass(frozen=True, slots=True)
class MoneyView:
    """Minor units and the currency they are of."""

    amount: int
    currency: str


def _formatted(root: strawberry.Parent[MoneyView], info: Info) -> str:
    return formatted(root.amount, currency=root.currency, locale=info.context.locale)


@strawberry.type(description="An amount of money.")
class Money:
    """The source is a `MoneyView`."""

    amount: Long = strawberry.field(
        description="In the currency's minor units, as Stripe counts them: 2500 is 25.00 USD."
    )
    currency: str = strawberry.field(description="ISO 4217, in lower case, as `usd`.")
    formatted: str = resolved(
        _formatted, description="For people, in the language of `Accept-Language`."
    )
