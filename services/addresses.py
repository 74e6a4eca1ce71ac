"""E-mail addresses: which are ones, and which are the same."""

import unicodedata

from email_validator import EmailNotValidError, validate_email

from services.refusals import InvalidInput


def checked_address(field: str, address: str) -> str:
    """The address in its normal form; `InvalidInput` for what is none.

    Addresses of `.test` pass: mail to them goes nowhere, and demonstrations are full of them.
    """
    try:
        return validate_email(
            address.strip(), check_deliverability=False, test_environment=True
        ).normalized
    except EmailNotValidError as error:
        raise InvalidInput(field, str(error)) from None


def folded(address: str) -> str:
    """The form by which addresses are compared: Unicode's NFKC, case ignored.

    Folding may undo the normal form, so it is normalized once more (Unicode, section 3.13).
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", address).casefold())
