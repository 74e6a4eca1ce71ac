"""How a call to Stripe fails, by what the caller may do next (C2)."""

from services.stripe_gateway.remedies import Refused, remedy_of


class StripeGatewayError(Exception):
    """Any failure of a call. No exception of the Stripe SDK leaves the gateway."""


class StripeUnavailableError(StripeGatewayError):
    """No usable answer came: network, timeout, rate limit, or a fault at Stripe.

    `outcome_unknown`: the write may have been done. Send it again under the same idempotency key.
    `stored`: Stripe keeps this fault under the key and will replay it for 24 h. Look up whether the
    write was done before making a new attempt under another key.
    Neither: nothing was done (429), or it was a read.
    """

    def __init__(
        self,
        message: str,
        *,
        retry_after_seconds: int,
        outcome_unknown: bool = False,
        stored: bool = False,
    ) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds
        self.outcome_unknown = outcome_unknown
        self.stored = stored


class StripeBusyError(StripeUnavailableError):
    """HTTP 409: another call holds the key or the object. Ask again soon, under the same key."""


class StripeRefusedError(StripeGatewayError):
    """A definite no: nothing was done, and the same call would be refused again.

    `code` is Stripe's error code, or its error type where it gives no code; `param` the parameter
    it complains about; `decline_code` why a card was declined; `request_id` what Stripe's own log
    has it under.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str | None = None,
        param: str | None = None,
        decline_code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.param = param
        self.decline_code = decline_code
        self.request_id = request_id

    @property
    def remedy(self) -> str:
        """What an operator does about it, should it last."""
        refused = Refused(self.status, self.code or "", self.param or "", self.message.lower())
        return remedy_of(refused)

    @property
    def facts(self) -> dict[str, str | int | None]:
        """What a line of the log says of it."""
        return {
            "why": self.message,
            "status": self.status,
            "code": self.code,
            "param": self.param,
            "stripe_request": self.request_id,
            "remedy": self.remedy,
        }


class StripeMissingError(StripeRefusedError):
    """The object, or one that `param` refers to, does not exist in this account."""


class InvalidWebhookError(StripeGatewayError):
    """A webhook that cannot be believed, or cannot be read."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
