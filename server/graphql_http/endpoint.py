"""The routes of `/graphql`."""

from starlette.routing import BaseRoute, Route, WebSocketRoute
from strawberry import Schema

from execution.documents import DocumentCache
from server.graphql_http.cors import CORS
from server.graphql_http.cost_limits import CostLimits
from server.graphql_http.document_store import DocumentStore, read_manifest
from server.graphql_http.errors import ErrorFormatter, ExposeError, expose_nothing
from server.graphql_http.http import GraphQLOverHTTP, IdePage
from server.graphql_http.limits import limit_rule
from server.graphql_http.observer import NoObserver, Observer
from server.graphql_http.operations import OperationRunner
from server.graphql_http.pipeline import ExpiryOf, GetContext, Pipeline
from server.graphql_http.responder import Responder
from server.graphql_http.rules import validation_rules
from server.graphql_http.settings import GraphQLHTTPSettings
from server.graphql_http.stream_places import StreamPlaces
from server.graphql_http.websocket import GraphQLOverWebSocket


def graphql_routes(
    schema: Schema,
    *,
    get_context: GetContext,
    settings: GraphQLHTTPSettings,
    expiry_of: ExpiryOf = lambda _context: None,
    expose_error: ExposeError = expose_nothing,
    ide_page: IdePage | None = None,
    observer: Observer | None = None,
    path: str = "/graphql",
) -> list[BaseRoute]:
    """The endpoint for HTTP and for WebSocket.

    Args:
        schema: Its extensions do not run: see docs/adr on the endpoint.
        get_context: Makes the context of one operation, or raises RequestRefusedError.
        settings: Bounds and switches.
        expiry_of: When the sign-in of a context ends; streams are closed then.
        expose_error: Gives the public form of exceptions that clients may see.
        ide_page: Answers a browser's GET.
        observer: Counts what happens.
        path: Where.
    """
    graphql_schema = schema._schema  # noqa: SLF001 - Strawberry has no public name for it
    observer = observer or NoObserver()
    runner = OperationRunner(
        graphql_schema,
        documents=DocumentCache(
            graphql_schema,
            rules=validation_rules(settings),
            guards=[limit_rule(settings)],
            max_tokens=settings.max_tokens,
            hide_suggestions=not settings.suggestions,
        ),
        costs=CostLimits(graphql_schema, settings),
        executor_class=schema.execution_context_class,
        hide_suggestions=not settings.suggestions,
    )
    pipeline = Pipeline(
        runner,
        documents=_document_store(settings),
        errors=ErrorFormatter(expose_error, observer),
        get_context=get_context,
        expiry_of=expiry_of,
        operation_timeout=settings.operation_timeout,
        observer=observer,
    )
    places = StreamPlaces(settings.max_streams, observer)
    responder = Responder(settings, pipeline.errors, places)
    over_http = CORS(
        GraphQLOverHTTP(pipeline, settings, responder, ide_page=ide_page),
        allow_origins=settings.allowed_origins,
        allow_methods=["GET", "POST"],
        allow_headers=["*"],
        allow_private_network=settings.allow_private_network,
        expose_headers=["Retry-After", "WWW-Authenticate", "X-Request-ID"],
    )
    over_websocket = GraphQLOverWebSocket(pipeline, settings, places)
    return [Route(path, over_http), WebSocketRoute(path, over_websocket)]


def _document_store(settings: GraphQLHTTPSettings) -> DocumentStore:
    trusted = read_manifest(settings.trusted_documents) if settings.trusted_documents else {}
    return DocumentStore(
        trusted,
        only_trusted=settings.only_trusted,
        accepts_registrations=settings.automatic_persisted_queries,
    )
