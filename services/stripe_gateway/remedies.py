"""What an operator does about a refusal that lasts: the account, its key or the catalogue is amiss.

Stripe's codes: https://docs.stripe.com/error-codes. Where a refusal has none, its text is all there
is; a text that Stripe words anew gives the last remedy, which is always right.
"""

from collections.abc import Callable
from dataclasses import dataclass

_UNAUTHORIZED, _FORBIDDEN = 401, 403


@dataclass(frozen=True, slots=True)
class Refused:
    """What Stripe says of a refused call. `text` is its message, in lower-case letters."""

    status: int
    code: str
    param: str
    text: str


_REMEDIES: tuple[tuple[Callable[[Refused], bool], str], ...] = (
    (
        lambda it: it.status == _UNAUTHORIZED,
        (
            "STRIPE_API_KEY is not accepted: set the key that https://dashboard.stripe.com/apikeys"
            " shows, and restart"
        ),
    ),
    (
        lambda it: it.code == "testmode_charges_only" or "live charges" in it.text,
        "activate the account at https://dashboard.stripe.com/account/onboarding",
    ),
    (
        lambda it: it.status == _FORBIDDEN,
        (
            "give the restricted key the permission that Stripe names, at"
            " https://dashboard.stripe.com/apikeys; docs/stripe-account.md lists all of them"
        ),
    ),
    (
        lambda it: "business name" in it.text,
        "give the account a name at https://dashboard.stripe.com/settings/account",
    ),
    (
        lambda it: it.param == "configuration" or "portal" in it.text,
        "run `seatwise catalog push`: it makes the configuration of the customer portal",
    ),
    (
        lambda it: it.code == "customer_tax_location_invalid",
        "the customer's address is none that Stripe Tax knows: it is corrected in the portal",
    ),
    (
        lambda it: it.code == "stripe_tax_inactive" or "automatic tax" in it.text,
        (
            "set up Stripe Tax at https://dashboard.stripe.com/settings/tax, or set"
            " SEATWISE_COLLECT_TAX=false"
        ),
    ),
    (
        lambda it: it.param.startswith("currency") or "currenc" in it.text,
        (
            "sell in currencies that the account can charge and that the customer is not bound to"
            " another of: https://docs.stripe.com/currencies; then `seatwise catalog push`"
        ),
    ),
    (
        lambda it: it.param.endswith("[price]"),
        (
            "run `seatwise doctor --stripe`, which tells what is not on sale, and"
            " `seatwise catalog push`"
        ),
    ),
    (
        lambda it: it.code == "resource_missing",
        (
            "see whether STRIPE_API_KEY is of the account that this database was made with: run"
            " `seatwise doctor --stripe`"
        ),
    ),
)
_LOOK_IT_UP = "look the request up at https://dashboard.stripe.com/logs, by its id"


def remedy_of(refused: Refused) -> str:
    """What to do about it, in one sentence."""
    return next((remedy for is_it, remedy in _REMEDIES if is_it(refused)), _LOOK_IT_UP)
