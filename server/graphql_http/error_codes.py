"""The one table of the codes that stand in `errors[].extensions.code`.

A refusal that a caller can expect is data in a payload, not an error; it has no code here.
"""

from enum import StrEnum
from typing import Self


class ErrorCode(StrEnum):
    """Stable words for programs. The message beside a code is for people and may change."""

    meaning: str
    """One sentence for the documentation."""

    def __new__(cls, code: str, meaning: str) -> Self:
        """A string that explains itself."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    BAD_REQUEST = "BAD_REQUEST", "The request is not a GraphQL request: its JSON or its shape."
    BAD_USER_INPUT = (
        "BAD_USER_INPUT",
        "A variable or an argument has a value that its type refuses.",
    )
    BATCH_REFUSED = "BATCH_REFUSED", "The batch is empty, too long, or batches are switched off."
    BILLING_OUT_OF_ORDER = (
        "BILLING_OUT_OF_ORDER",
        "The operator has to put something in order at Stripe. The log says what, by `requestId`.",
    )
    COST_LIMIT_EXCEEDED = (
        "COST_LIMIT_EXCEEDED",
        "The operation may cost more than the limit; the error says how much.",
    )
    CROSS_SITE_REQUEST_REFUSED = (
        "CROSS_SITE_REQUEST_REFUSED",
        "A page of an origin that is not allowed sent the request.",
    )
    FORBIDDEN = "FORBIDDEN", "The viewer may not see this field; it is null."
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED", "The document is not GraphQL."
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED", "The document does not fit the schema."
    INTERNAL_SERVER_ERROR = (
        "INTERNAL_SERVER_ERROR",
        "A fault of ours. `requestId` finds it in the log.",
    )
    INTROSPECTION_DISABLED = (
        "INTROSPECTION_DISABLED",
        "This server does not answer questions about its schema.",
    )
    LIMIT_EXCEEDED = (
        "LIMIT_EXCEEDED",
        "The document is too long, too deep or too wide; the error says which.",
    )
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED", "Another HTTP method is needed; `Allow` names it."
    NOT_ACCEPTABLE = "NOT_ACCEPTABLE", "None of the media types in `Accept` can carry the answer."
    NOT_FOUND = "NOT_FOUND", "There is nothing of this id that the viewer may follow."
    OPERATION_RESOLUTION_FAILURE = (
        "OPERATION_RESOLUTION_FAILURE",
        "`operationName` does not choose one operation of the document.",
    )
    OPERATION_TIMEOUT = "OPERATION_TIMEOUT", "The operation took too long and was cancelled."
    PAYLOAD_TOO_LARGE = "PAYLOAD_TOO_LARGE", "The body or the message is longer than the limit."
    PERSISTED_QUERY_HASH_MISMATCH = (
        "PERSISTED_QUERY_HASH_MISMATCH",
        "The document does not have the hash that came with it.",
    )
    PERSISTED_QUERY_NOT_FOUND = (
        "PERSISTED_QUERY_NOT_FOUND",
        "No document has this id; send the document along.",
    )
    PERSISTED_QUERY_NOT_SUPPORTED = (
        "PERSISTED_QUERY_NOT_SUPPORTED",
        "Clients cannot register documents here.",
    )
    SERVICE_UNAVAILABLE = (
        "SERVICE_UNAVAILABLE",
        "Something that the answer needs is out of reach; try again later.",
    )
    TOO_MANY_STREAMS = "TOO_MANY_STREAMS", "Too many live operations are open."
    UNAUTHENTICATED = "UNAUTHENTICATED", "The access token is missing or refused."
    UNSUPPORTED_MEDIA_TYPE = (
        "UNSUPPORTED_MEDIA_TYPE",
        "The body is not `application/json` in UTF-8.",
    )
    UNTRUSTED_DOCUMENT = "UNTRUSTED_DOCUMENT", "Only documents of the manifest may run here."
