"""Which exceptions a client learns of, beside the refusals that stand in the payloads."""

from graphql import GraphQLError

from db.database import DATABASE_UNAVAILABLE, UNSTORABLE_TEXT
from resolvers.context import UnauthenticatedError
from resolvers.permissions import ForbiddenError
from server.graphql_http.error_codes import ErrorCode
from services.refusals import InvalidInput, OrganizationNotFound

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
    return None


def _public(message: str, code: ErrorCode) -> GraphQLError:
    return GraphQLError(message, extensions={"code": code})
