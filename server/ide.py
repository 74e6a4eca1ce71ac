"""The IDE: GraphiQL at `GET /graphql`, with sign-in and example operations. Source: `ide/`."""

from collections.abc import Sequence
from typing import TypedDict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from server.web_page import (
    WEB_SOURCES,
    BuiltFiles,
    WebPageSettings,
    content_security_policy,
    page_response,
)

_BUILT = WEB_SOURCES / "ide" / "dist"


class DemoUser(TypedDict):
    """Somebody whom the development issuer signs in without a password."""

    email: str
    name: str
    description: str


def ide_page(settings: WebPageSettings, *, oidc_issuer: str) -> Response:
    """The answer to a browser that opens the GraphQL endpoint."""
    policy = content_security_policy(settings, oidc_issuer=oidc_issuer)
    return page_response(_BUILT, policy=policy)


def routes(
    settings: WebPageSettings,
    *,
    oidc_issuer: str,
    endpoint: str = "/graphql",
    demo_users: Sequence[DemoUser] = (),
) -> list[BaseRoute]:
    """The page's own files and what it asks for at its start.

    `demo_users` is for development only: in production nobody is signed in by naming them.
    """
    config = {
        "endpoint": endpoint,
        "signIn": settings.sign_in(client_id=settings.ide_client_id, oidc_issuer=oidc_issuer),
        "demoUsers": list(demo_users),
    }

    async def config_json(_request: Request) -> Response:
        return JSONResponse(config, headers={"Cache-Control": "no-store"})

    return [
        Route("/ide/config.json", config_json),
        Mount("/ide", BuiltFiles(_BUILT), name="ide"),
    ]
