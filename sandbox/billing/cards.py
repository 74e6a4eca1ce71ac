"""The test cards, and what each does (https://docs.stripe.com/testing).

No other number is taken: the sandbox must never see a real card.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from sandbox.errors import StripeError

Authentication: TypeAlias = Literal["never", "always", "until_set_up"]


@dataclass(frozen=True)
class TestCard:
    """`declines`: the decline code when it is charged; `attaches`: whether it can be saved."""

    number: str
    token: str
    brand: str = "visa"
    country: str = "US"
    declines: str | None = None
    attaches: bool = True
    authentication: Authentication = "never"

    @property
    def last4(self) -> str:
        """What may be shown of the number."""
        return self.number[-4:]


_CARDS = (
    TestCard("4242424242424242", "pm_card_visa"),
    TestCard("5555555555554444", "pm_card_mastercard", brand="mastercard"),
    TestCard("378282246310005", "pm_card_amex", brand="amex"),
    TestCard("4000002760000016", "pm_card_de", country="DE"),
    TestCard(
        "4000000000000002", "pm_card_chargeDeclined", declines="generic_decline", attaches=False
    ),
    TestCard(
        "4000000000009995",
        "pm_card_chargeDeclinedInsufficientFunds",
        declines="insufficient_funds",
        attaches=False,
    ),
    TestCard(
        "4000000000000069",
        "pm_card_chargeDeclinedExpiredCard",
        declines="expired_card",
        attaches=False,
    ),
    TestCard("4000000000000341", "pm_card_chargeCustomerFail", declines="generic_decline"),
    TestCard("4000002760003184", "pm_card_authenticationRequired", authentication="always"),
    TestCard(
        "4000002500003155",
        "pm_card_authenticationRequiredOnSetup",
        authentication="until_set_up",
    ),
)

_BY_NUMBER = {card.number: card for card in _CARDS}
_BY_TOKEN = {card.token: card for card in _CARDS} | {
    card.token.replace("pm_card", "tok", 1): card for card in _CARDS
}

DECLINE_MESSAGES = {
    "generic_decline": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "authentication_required": "Your card was declined. This transaction requires authentication.",
}


def find_card(number: str) -> TestCard:
    """The test card with this number, spaces ignored.

    Raises:
        StripeError: it is none of the test cards.
    """
    digits = "".join(number.split())
    if digits in _BY_NUMBER:
        return _BY_NUMBER[digits]
    raise StripeError(
        "Your card number is not one of the test cards. Use 4242 4242 4242 4242.",
        status=402,
        kind="card_error",
        code="incorrect_number",
        param="number",
    )


def card_of_token(token: str) -> TestCard | None:
    """The card behind `pm_card_visa`, `tok_visa` and their like."""
    return _BY_TOKEN.get(token)


def list_cards() -> tuple[TestCard, ...]:
    """Every card, as the pages show them."""
    return _CARDS
