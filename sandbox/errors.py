"""Refusals in Stripe's words: status, type, code, message and parameter.

The shape is documented at https://docs.stripe.com/api/errors.
"""

from typing import Any


class StripeError(Exception):
    """An answer that is not 2xx.

    `keeps_changes`: what the request did up to here stays (a declined payment leaves an attempt).
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        keeps_changes: bool = False,
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.code = code
        self.param = param
        self.keeps_changes = keeps_changes
        self.extra = extra or {}

    def render(self) -> dict[str, Any]:
        """The body of the answer."""
        error: dict[str, Any] = {"message": str(self), "type": self.kind, **self.extra}
        if self.code:
            error["code"] = self.code
            page = self.code.replace("_", "-")
            error["doc_url"] = f"https://docs.stripe.com/error-codes#{page}"
        if self.param:
            error["param"] = self.param
        return {"error": error}


def unknown_parameter(name: str) -> StripeError:
    """A parameter that the route does not have."""
    return StripeError(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)


def missing_parameter(name: str) -> StripeError:
    """A parameter that the route cannot do without."""
    return StripeError(f"Missing required param: {name}.", code="parameter_missing", param=name)


def empty_parameter(name: str) -> StripeError:
    """An empty value where nothing can be unset."""
    return StripeError(
        f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset "
        f"a parameter; however '{name}' cannot be unset. You should remove '{name}' from your "
        "request or supply a non-empty value.",
        code="parameter_invalid_empty",
        param=name,
    )


def invalid(message: str, *, param: str | None = None, code: str | None = None) -> StripeError:
    """A request that cannot be met as it is (400)."""
    return StripeError(message, param=param, code=code)


def missing_resource(kind: str, name: str, *, param: str = "id") -> StripeError:
    """`kind` as Stripe names it in messages: `customer`, `checkout.session`, `payment method`."""
    return StripeError(
        f"No such {kind}: '{name}'",
        status=404 if param == "id" else 400,
        code="resource_missing",
        param=param,
    )


def unrecognized_url(verb: str, path: str) -> StripeError:
    """A URL that Stripe does not have either (404)."""
    return StripeError(
        f"Unrecognized request URL ({verb}: {path}). If you are trying to list objects, remove the "
        "trailing slash. If you are trying to retrieve an object, make sure you passed a valid "
        "(non-empty) identifier in your code. Please see https://stripe.com/docs or we can help at "
        "https://support.stripe.com/.",
        status=404,
    )


def not_in_sandbox(what: str) -> StripeError:
    """Stripe has it, this stand-in has not. Said plainly, so that nobody takes it for an answer."""
    return StripeError(
        f"The sandbox does not implement {what}.",
        status=501,
        kind="api_error",
        code="sandbox_not_implemented",
    )


def declined(
    message: str, *, decline_code: str, payment_intent: dict[str, Any] | None = None
) -> StripeError:
    """A card that says no. What was tried stays on record."""
    extra: dict[str, Any] = {"decline_code": decline_code}
    if payment_intent is not None:
        extra["payment_intent"] = payment_intent
    return StripeError(
        message,
        status=402,
        kind="card_error",
        code="card_declined",
        extra=extra,
        keeps_changes=True,
    )
