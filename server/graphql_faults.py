"""Which exceptions a client learns of, beside the refusals that stand in the payloads."""

import structlog
from graphql import GraphQLError

from db.database import UNSTORABLE_TEXT
from db.unavailable import DATABASE_UNAVAILABLE
from resolvers.context import UnauthenticatedError
from resolvers.permissions import ForbiddenError
from server.graphql_http.error_codes import ErrorCode
from server.graphql_http.errors import correlation_id
from services.refusals import InvalidInput, OrganizationNotFound
from services.stripe_gateway import StripeRefusedError
from services.sync import UnknownPriceError

log = structlog.get_logger(__name__)

_SAYS_ITSELF: tuple[tuple[type[Exception], ErrorCode], ...] = (
    (UnauthenticatedError, ErrorCode.UNAUTHENTICATED),
    (ForbiddenError, ErrorCode.FORBIDDEN),
    (InvalidInput, ErrorCode.BAD_USER_INPUT),
    (OrganizationNotFound, ErrorCode.NOT_FOUND),
)
"""Exceptions whose own text is for clients."""
_BAD_STREAM = "initialCount must be a positive integer"
"""What graphql-core raises, as a ValueError, where `@stream` has a negative one, or null."""


def expose_error(error: Exception) -> GraphQLError | None:
    """Its public form; None: it is a fault of ours, and masked."""
    for kind, code in _SAYS_ITSELF:
        if isinstance(error, kind):
            return _public(str(error), code)
    if isinstance(error, ValueError) and str(error) == _BAD_STREAM:
        return _public("initialCount has to be 0 or more.", ErrorCode.BAD_USER_INPUT)
    if isinstance(error, UNSTORABLE_TEXT):
        return _public("A text here cannot contain U+0000.", ErrorCode.BAD_USER_INPUT)
    if isinstance(error, DATABASE_UNAVAILABLE):
        return _public("The database is out of reach; try again.", ErrorCode.SERVICE_UNAVAILABLE)
    if isinstance(error, StripeRefusedError | UnknownPriceError):
        return _out_of_order(error)
    return None


def _out_of_order(error: StripeRefusedError | UnknownPriceError) -> GraphQLError:
    """What lasts until an operator has done something: the log says what. Clients do not learn it,
    as Stripe's words may tell of the account or the key.
    """
    request_id = correlation_id()
    refused = isinstance(error, StripeRefusedError)
    log.error(
        "stripe.refused" if refused else "stripe.unknown_price",
        request_id=request_id,
        **error.facts,
    )
    message = (
        "Billing is out of order here. Nothing was charged, and trying again does not help; tell"
        " whoever runs this server."
    )
    extensions = {"code": ErrorCode.BILLING_OUT_OF_ORDER, "requestId": request_id}
    return GraphQLError(message, extensions=extensions)


def _public(message: str, code: ErrorCode) -> GraphQLError:
    return GraphQLError(message, extensions={"code": code})
