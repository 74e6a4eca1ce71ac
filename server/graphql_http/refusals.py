"""How a request is turned down before it is executed."""

from collections.abc import Mapping, Sequence

from graphql import GraphQLError

from server.graphql_http.error_codes import ErrorCode


class RequestRefusedError(Exception):
    """The HTTP exchange itself is refused: by `status`, whatever the client accepts.

    Raised by this package and by the caller's `get_context` (401 with `WWW-Authenticate`, 503 with
    `Retry-After`). On a WebSocket, 401 and 403 close it with 4403, others with 4500.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: ErrorCode,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.headers = dict(headers or {})


class GraphQLRequestError(Exception):
    """A request error of the GraphQL specification: nothing ran, the answer has no `data`.

    Over HTTP it is 400 for `application/graphql-response+json` and 200 for `application/json`.
    """

    def __init__(self, errors: Sequence[GraphQLError], *, code: ErrorCode) -> None:
        super().__init__(errors[0].message)
        self.errors = tuple(errors)
        self.code = code
        """For those of the errors that bear no code of their own."""

    @classmethod
    def of(cls, message: str, *, code: ErrorCode, **extensions: object) -> "GraphQLRequestError":
        """One error, without a place in the document."""
        return cls([GraphQLError(message, extensions=extensions)], code=code)
