"""A GraphQL request as a value, read from the JSON of a body, a query string or a message."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from server.graphql_http.error_codes import ErrorCode
from server.graphql_http.refusals import RequestRefusedError

Variables: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphQLRequest:
    """What a client asks. `query` or an id in one of the dialects names the document."""

    query: str | None = None
    document_id: str | None = None
    operation_name: str | None = None
    variables: Variables = field(default_factory=dict)
    extensions: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, payload: object) -> "GraphQLRequest":
        """Check the shape of decoded JSON.

        Raises:
            RequestRefusedError: 400, when a member has the wrong type or no document is named.
        """
        if not isinstance(payload, dict):
            raise bad_request("A GraphQL request is a JSON object.")
        request = cls(
            query=_string(payload, "query"),
            document_id=_document_id(payload),
            operation_name=_string(payload, "operationName") or None,
            variables=_mapping(payload, "variables"),
            extensions=_mapping(payload, "extensions"),
        )
        if not request.query and request.document_id is None and not request.persisted_query:
            raise bad_request("The request names no document: `query` is missing or empty.")
        return request

    @property
    def persisted_query(self) -> Mapping[str, Any]:
        """Apollo's `extensions.persistedQuery`, or an empty map."""
        persisted = self.extensions.get("persistedQuery")
        return persisted if isinstance(persisted, dict) else {}


def bad_request(message: str) -> RequestRefusedError:
    """A refusal with 400 for what is no GraphQL request."""
    return RequestRefusedError(message, status=400, code=ErrorCode.BAD_REQUEST)


def _document_id(payload: Mapping[str, Any]) -> str | None:
    """The id by any dialect: the draft specification, Hot Chocolate and Nitro, Relay."""
    for key in ("documentId", "id", "doc_id"):
        if value := _string(payload, key):
            return value
    return None


def _string(payload: Mapping[str, Any], key: str) -> str | None:
    value = payload.get(key)
    if value is not None and not isinstance(value, str):
        raise bad_request(f"`{key}` has to be a string or null.")
    return value


def _mapping(payload: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = payload.get(key)
    if value is not None and not isinstance(value, dict):
        raise bad_request(f"`{key}` has to be an object or null.")
    return value or {}
