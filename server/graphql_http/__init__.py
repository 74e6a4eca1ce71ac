"""The GraphQL endpoint: HTTP, server-sent events, multipart, JSON Lines and WebSocket."""

from server.graphql_http.endpoint import graphql_routes
from server.graphql_http.error_codes import ErrorCode
from server.graphql_http.refusals import GraphQLRequestError, RequestRefusedError
from server.graphql_http.settings import GraphQLHTTPSettings

__all__ = [
    "ErrorCode",
    "GraphQLHTTPSettings",
    "GraphQLRequestError",
    "RequestRefusedError",
    "graphql_routes",
]
