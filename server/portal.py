"""The portal: the single-page app at `/portal`, a client of the public API. Source: `portal/`."""

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

_BUILT = WEB_SOURCES / "portal" / "dist"


def routes(
    settings: WebPageSettings, *, oidc_issuer: str, endpoint: str = "/graphql"
) -> list[BaseRoute]:
    """The page at each of its addresses, its files, and what it asks for at its start."""
    policy = content_security_policy(settings, oidc_issuer=oidc_issuer)
    config = {
        "endpoint": endpoint,
        "signIn": settings.sign_in(client_id=settings.portal_client_id, oidc_issuer=oidc_issuer),
    }

    async def config_json(_request: Request) -> Response:
        return JSONResponse(config, headers={"Cache-Control": "no-store"})

    async def page(_request: Request) -> Response:
        return page_response(_BUILT, policy=policy)

    return [
        Route("/portal/config.json", config_json),
        Mount("/portal/assets", BuiltFiles(_BUILT / "assets"), name="portal"),
        Route("/portal", page),
        Route("/portal/{address:path}", page),
    ]
