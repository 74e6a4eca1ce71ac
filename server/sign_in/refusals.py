"""Why a request is not let in, in the words of RFC 6750."""

import re

REALM = "seatwise"
_LONGEST_VALUE = 80


class SignInRefusedError(Exception):
    """The credentials are not good: 401, with `www_authenticate` as the header that says why."""

    def __init__(self, description: str, *, error: str = "invalid_token") -> None:
        super().__init__(description)
        self.error = error
        self.error_description = _as_header_text(description)

    @property
    def www_authenticate(self) -> str:
        """The challenge of RFC 6750, section 3."""
        return (
            f'Bearer realm="{REALM}", error="{self.error}", '
            f'error_description="{self.error_description}"'
        )


class IssuerUnavailableError(Exception):
    """The issuer cannot be asked: 503 with `Retry-After`, for the token may well be good."""

    def __init__(self, reason: str, *, retry_after: int) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        """Seconds."""


def quoted(value: object) -> str:
    """What a token says, short enough to be repeated in a refusal."""
    text = str(value)
    return f"'{text[:_LONGEST_VALUE]}...'" if len(text) > _LONGEST_VALUE else f"'{text}'"


def _as_header_text(description: str) -> str:
    """RFC 6750 allows printable ASCII without quote and backslash; tokens contain anything."""
    return re.sub(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]", "?", description)
