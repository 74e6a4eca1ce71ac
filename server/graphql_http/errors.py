"""What a client learns of an error, and what only the log does."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias
from uuid import uuid4

import structlog
from graphql import GraphQLError
from structlog.contextvars import get_contextvars

from server.graphql_http.error_codes import ErrorCode
from server.graphql_http.observer import Observer
from server.graphql_http.refusals import GraphQLRequestError, RequestRefusedError

ErrorMap: TypeAlias = dict[str, object]
ExposeError: TypeAlias = Callable[[Exception], GraphQLError | None]
"""Gives the public form of an exception that clients may learn of, or None: then it is masked."""

log = structlog.get_logger(__name__)


def correlation_id() -> str:
    """By which a client's error is found in the log; bind it to the line as `request_id`."""
    return str(get_contextvars().get("request_id") or uuid4())


def expose_nothing(_error: Exception) -> None:
    """Mask every exception that is not a GraphQLError."""
    return


class ErrorFormatter:
    """Writes errors as response maps. Each has `extensions.code`.

    A GraphQLError was meant for the client. Every other exception is a fault of ours: the client
    sees a fixed text and the request id, the log gets the traceback under the same id.
    """

    def __init__(self, expose: ExposeError, observer: Observer) -> None:
        self._expose = expose
        self._observer = observer

    def of_refusal(self, refusal: RequestRefusedError) -> list[ErrorMap]:
        """The one error of a refused exchange."""
        self._observer.error_answered(refusal.code)
        return [{"message": refusal.message, "extensions": {"code": refusal.code}}]

    def of_request(self, failure: GraphQLRequestError) -> list[ErrorMap]:
        """Errors made before execution. Their cause is the request, so nothing is masked."""
        return [self._written(error, default_code=failure.code) for error in failure.errors]

    def of_execution(self, errors: Iterable[GraphQLError]) -> list[ErrorMap]:
        """Errors made by resolvers or by completing their values."""
        return [self._masked(error) for error in errors]

    def of_fault(self, fault: Exception) -> list[ErrorMap]:
        """An exception that came from outside of any field."""
        return self.of_execution([GraphQLError(str(fault), original_error=fault)])

    def _masked(self, error: GraphQLError) -> ErrorMap:
        cause = _cause_of(error)
        if cause is None:
            return self._written(error, default_code=ErrorCode.BAD_USER_INPUT)
        public = self._expose(cause)
        if public is None:
            return self._fault(error, cause)
        placed = GraphQLError(
            public.message, error.nodes, path=error.path, extensions=public.extensions
        )
        return self._written(placed, default_code=ErrorCode.BAD_USER_INPUT)

    def _fault(self, error: GraphQLError, cause: Exception) -> ErrorMap:
        request_id = correlation_id()
        log.error(
            "graphql.fault",
            request_id=request_id,
            path=error.path,
            exc_info=cause,
            fault=str(cause),
        )
        masked = GraphQLError(
            "Internal Server Error",
            error.nodes,
            path=error.path,
            extensions={"code": ErrorCode.INTERNAL_SERVER_ERROR, "requestId": request_id},
        )
        return self._written(masked, default_code=ErrorCode.INTERNAL_SERVER_ERROR)

    def _written(self, error: GraphQLError, *, default_code: ErrorCode) -> ErrorMap:
        written: ErrorMap = {**error.formatted}
        extensions: Mapping[str, object] = error.extensions or {}
        written["extensions"] = marked = {"code": default_code, **extensions}
        self._observer.error_answered(str(marked["code"]))
        return written


def _cause_of(error: GraphQLError) -> Exception | None:
    """The exception behind `error` that is no GraphQLError; None if it was raised as one."""
    cause: Exception | None = error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause
