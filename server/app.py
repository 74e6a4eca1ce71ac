"""The ASGI application: what one server process is made of."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Mount, Route

from db import embedded
from schema.build import schema
from schema.fusion import fusion_schema
from server import dev_mail, health, ide, logs, portal, webhooks
from server import settings as server_settings
from server.client_address import ClientAddress
from server.database_in_use import configured_database
from server.development_issuer.people import DEMO_PEOPLE
from server.development_issuer.routes import routes as development_issuer_routes
from server.development_issuer.settings import ISSUER_PATH, KEY_FILE, DevelopmentIssuerSettings
from server.fault_answer import FaultAnswer
from server.fusion import FUSION_PATH
from server.graphql_context import expiry_of, get_context
from server.graphql_faults import expose_error
from server.graphql_http.endpoint import graphql_routes
from server.listening import listen
from server.request_id import RequestId
from server.running_services import running_services
from server.security_headers import SecurityHeaders
from server.settings import Settings
from server.sign_in.sign_in import SignIn
from server.stopping import stopping
from server.telemetry import tracing
from server.telemetry.routes import metrics_routes
from server.telemetry.sampling import sample_connections
from server.telemetry.telemetry import Telemetry, start_telemetry


def create_app(settings: Settings) -> Starlette:
    """The application. Raises `SettingsError` for settings it must not run with."""
    settings.usable()
    telemetry = start_telemetry(database_url=_database_urls(settings)[0])
    return Starlette(
        routes=_routes(settings, telemetry),
        middleware=[
            Middleware(
                ClientAddress,
                trusted=settings.trusted_proxies,
                header=settings.client_address_header,
            ),
            *telemetry.middleware(),
            Middleware(RequestId),
            Middleware(SecurityHeaders, encrypted=settings.public_url.startswith("https://")),
            Middleware(FaultAnswer),
        ],
        lifespan=_lifespan_of(settings, telemetry),
    )


def app_of_the_environment() -> Starlette:
    """For uvicorn, which starts each worker process by this."""
    settings = server_settings.load()
    logs.configure(
        level=settings.log_level, as_json=settings.logs_as_json, traced=tracing.is_wanted()
    )
    return create_app(settings)


def _routes(settings: Settings, telemetry: Telemetry) -> list[BaseRoute]:
    issuer = settings.oidc_issuer
    return [
        *_graphql_routes(settings, telemetry),  # first: they are looked through from the start
        *webhooks.routes(),
        *health.routes(),
        *metrics_routes(is_open=not settings.in_production),
        Route("/", RedirectResponse("/graphql")),
        *ide.routes(
            settings,
            oidc_issuer=issuer,
            demo_users=_demo_users(settings),
        ),
        *portal.routes(settings, oidc_issuer=issuer),
        *(dev_mail.routes() if settings.keeps_mail else []),
        *_development_routes(settings),
    ]


def _graphql_routes(settings: Settings, telemetry: Telemetry) -> list[BaseRoute]:
    routes = partial(
        graphql_routes,
        get_context=get_context,
        settings=settings.graphql,
        expiry_of=expiry_of,
        expose_error=expose_error,
        observer=telemetry.endpoint_observer(),
    )
    return [
        *routes(
            schema,
            ide_page=lambda _request: ide.ide_page(settings, oidc_issuer=settings.oidc_issuer),
        ),
        *(routes(fusion_schema(), path=FUSION_PATH) if settings.fusion else []),
    ]


def _demo_users(settings: Settings) -> list[ide.DemoUser]:
    if not settings.uses_development_issuer:
        return []
    return [
        {"email": person.email, "name": person.name, "description": person.description}
        for person in DEMO_PEOPLE
    ]


def _development_routes(settings: Settings) -> list[BaseRoute]:
    if not settings.uses_development_issuer:
        return []
    issuer = DevelopmentIssuerSettings(
        issuer=settings.oidc_issuer,
        audience=settings.oidc_audience,
        key_path=settings.data_dir / KEY_FILE,
    )
    return [Mount(ISSUER_PATH, routes=development_issuer_routes(issuer))]


def _lifespan_of(
    settings: Settings, telemetry: Telemetry
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        url, direct_url = _database_urls(settings)
        async with (
            telemetry.lasting(),
            running_services(settings, database_url=url, telemetry=telemetry) as services,
            SignIn(settings) as sign_in,
        ):
            app.state.services = services
            app.state.sign_in = sign_in
            background = [
                asyncio.create_task(listen(services, database_url=direct_url)),
                asyncio.create_task(sample_connections(services.database)),
            ]
            _settle_memory()
            with stopping() as app.state.stopping:
                try:
                    yield
                finally:
                    for task in background:
                        task.cancel()

    return lifespan


def _database_urls(settings: Settings) -> tuple[str, str]:
    """The one for queries, and the one past PgBouncer."""
    direct_url = configured_database(settings) or embedded.url_of(settings.data_dir)
    pooled = settings.database_url
    return (pooled.get_secret_value() if pooled else direct_url), direct_url


def _settle_memory() -> None:
    """What was imported stays for ever: the collector need not look at it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
