"""The SDK's exceptions, told in the gateway's words."""

from http import HTTPStatus

import stripe

from services.stripe_gateway.errors import (
    StripeBusyError,
    StripeGatewayError,
    StripeMissingError,
    StripeRefusedError,
    StripeUnavailableError,
)

RETRY_AFTER_SECONDS = 5
"""What to wait when Stripe does not say."""

LONGEST_RETRY_AFTER_SECONDS = 3600


def translate(error: stripe.StripeError, *, writes: bool) -> StripeGatewayError:
    """What the failure of a call means for what may be done next (C2)."""
    if isinstance(error, stripe.RateLimitError):
        return _unavailable("Stripe limits our rate", error)
    if isinstance(error, stripe.APIConnectionError):
        return _unavailable("Stripe cannot be reached", error, outcome_unknown=writes)
    if not _is_refusal(error):
        stored = writes and _is_stored(error)
        what = f"Stripe failed with HTTP status {error.http_status}"
        kind = (
            StripeBusyError if error.http_status == HTTPStatus.CONFLICT else StripeUnavailableError
        )
        return _unavailable(what, error, outcome_unknown=writes, stored=stored, kind=kind)
    return _refused(error)


def unreadable(error: Exception, *, writes: bool) -> StripeUnavailableError:
    """An answer that is not Stripe's, such as a proxy's page."""
    return StripeUnavailableError(
        f"Stripe's answer cannot be read ({type(error).__name__})",
        retry_after_seconds=RETRY_AFTER_SECONDS,
        outcome_unknown=writes,
    )


def _is_refusal(error: stripe.StripeError) -> bool:
    """A 4xx with Stripe's error shape. Of a 409 we know only that the key or object is in use."""
    status = error.http_status or 0
    return 400 <= status < 500 and status != 409 and error.error is not None  # noqa: PLR2004 # HTTP's own numbers


def _is_stored(error: stripe.StripeError) -> bool:
    """Whether the key is spent: its call ran to the end and failed, or this is a replay of one.

    502 to 504 come from before or beside the call itself, which may still be running.
    """
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    return error.http_status == 500 or headers.get("idempotent-replayed") == "true"  # noqa: PLR2004 # HTTP's own number


def _unavailable(
    what: str,
    error: stripe.StripeError,
    *,
    outcome_unknown: bool = False,
    stored: bool = False,
    kind: type[StripeUnavailableError] = StripeUnavailableError,
) -> StripeUnavailableError:
    return kind(
        f"{what} ({_request_of(error)})",
        retry_after_seconds=_retry_after(error),
        outcome_unknown=outcome_unknown,
        stored=stored,
    )


def _refused(error: stripe.StripeError) -> StripeRefusedError:
    details = error.error
    assert details is not None, "a refusal has Stripe's error shape"
    code = getattr(details, "code", None)
    kind = StripeMissingError if code == "resource_missing" else StripeRefusedError
    return kind(
        error.user_message or "Stripe gives no reason",
        status=error.http_status or 400,
        code=code or getattr(details, "type", None),
        param=getattr(details, "param", None),
        decline_code=getattr(details, "decline_code", None),
        request_id=error.request_id,
    )


def _request_of(error: stripe.StripeError) -> str:
    """Stripe's own id of the request, by which its support finds it."""
    return error.request_id or "no request id"


def _retry_after(error: stripe.StripeError) -> int:
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    value = headers.get("retry-after", "")
    seconds = int(value) if value.isascii() and value.isdigit() else RETRY_AFTER_SECONDS
    return min(max(seconds, 1), LONGEST_RETRY_AFTER_SECONDS)
