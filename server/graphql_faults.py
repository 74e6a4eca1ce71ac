"""Which exceptions a client learns of, beside the refusals that stand in the payloads."""

from graphql import GraphQLError

from db.database import CONNECTION_LOST, UNSTORABLE_TEXT
from resolvers.context import UnauthenticatedError
from resolvers.permissions import ForbiddenError
from server.graphql_http.error_codes import ErrorCode
from services.refusals import InvalidInput, OrganizationNotFound


def expose_error(error: Exception) -> GraphQLError | None:
    """Its public form; None: it is a fault of ours, and masked."""
    if isinstance(error, UnauthenticatedError):
        return _public(str(error), ErrorCode.UNAUTHENTICATED)
    if isinstance(error, ForbiddenError):
        return _public(str(error), ErrorCode.FORBIDDEN)
    if isinstance(error, InvalidInput):
        return _public(error.message, ErrorCode.BAD_USER_INPUT)
    if isinstance(error, OrganizationNotFound):
        return _public(error.message, ErrorCode.NOT_FOUND)
    if isinstance(error, UNSTORABLE_TEXT):
        return _public("A text here cannot contain U+0000.", ErrorCode.BAD_USER_INPUT)
    if isinstance(error, CONNECTION_LOST):
        return _public("The database is out of reach; try again.", ErrorCode.SERVICE_UNAVAILABLE)
    return None


def _public(message: str, code: ErrorCode) -> GraphQLError:
    return GraphQLError(message, extensions={"code": code})
