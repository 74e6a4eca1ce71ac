from collections.abc import Awaitable, Callable
from functools import partial

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from server.development_issuer.authorize import authorize
from server.development_issuer.discovery import discovery_document
from server.development_issuer.issuer import DevelopmentIssuer
from server.development_issuer.logout import logout
from server.development_issuer.pages import style_sheet
from server.development_issuer.settings import DevelopmentIssuerSettings
from server.development_issuer.token import token
from server.development_issuer.userinfo import userinfo

Endpoint = Callable[[DevelopmentIssuer, Request], Awaitable[Response]]

# Single-page apps of any origin call these. They see no cookie, so the origin proves nothing.
_OPEN_TO_SCRIPTS = Middleware(
    CORSMiddleware,
    allow_origins=["*"],
    allow_methods=["GET", "POST"],
    allow_headers=["Authorization", "Content-Type"],
    expose_headers=["WWW-Authenticate"],
)


def routes(settings: DevelopmentIssuerSettings) -> list[Route]:
    """The issuer's routes, to be mounted at the path of `settings.issuer`. Makes its key."""
    issuer = DevelopmentIssuer.open(settings)
    for_scripts = [
        ("/.well-known/openid-configuration", _discovery, ["GET"]),
        ("/jwks", _jwks, ["GET"]),
        ("/token", token, ["POST"]),
        ("/userinfo", userinfo, ["GET", "POST"]),
    ]
    for_browsers = [("/authorize", authorize), ("/logout", logout)]
    return [
        *(_script_route(issuer, *route) for route in for_scripts),
        *(
            Route(path, partial(endpoint, issuer), methods=["GET", "POST"])
            for path, endpoint in for_browsers
        ),
        Route("/style.css", _style),
    ]


def _script_route(
    issuer: DevelopmentIssuer, path: str, endpoint: Endpoint, methods: list[str]
) -> Route:
    """OPTIONS is let through to the middleware, which answers preflights."""
    return Route(
        path,
        partial(_answer, endpoint, issuer, frozenset({*methods, "HEAD"})),
        methods=[*methods, "OPTIONS"],
        middleware=[_OPEN_TO_SCRIPTS],
    )


async def _answer(
    endpoint: Endpoint, issuer: DevelopmentIssuer, methods: frozenset[str], request: Request
) -> Response:
    if request.method not in methods:  # OPTIONS that is no preflight.
        return Response(status_code=204, headers={"Allow": ", ".join(sorted(methods))})
    return await endpoint(issuer, request)


async def _discovery(issuer: DevelopmentIssuer, _request: Request) -> Response:
    return JSONResponse(discovery_document(issuer))


async def _jwks(issuer: DevelopmentIssuer, _request: Request) -> Response:
    return JSONResponse(issuer.key.jwks)


async def _style(_request: Request) -> Response:
    return style_sheet()
