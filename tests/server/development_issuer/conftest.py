from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from server.development_issuer.routes import routes
from server.development_issuer.settings import DevelopmentIssuerSettings
from tests.conftest import ServeApp
from tests.server.development_issuer.browser import Browser


@pytest.fixture
async def settings(serve_app: ServeApp, tmp_path: Path) -> AsyncIterator[DevelopmentIssuerSettings]:
    """The settings of an issuer that is being served."""
    app = Starlette()
    async with serve_app(app) as url:
        made = DevelopmentIssuerSettings(
            issuer=f"{url}/dev/issuer",
            audience="seatwise",
            key_path=tmp_path / "key.pem",
            redirect_uris=frozenset({"https://app.example/callback"}),
        )
        app.router.routes.append(Mount("/dev/issuer", routes=routes(made)))
        yield made


@pytest.fixture
async def browser(settings: DevelopmentIssuerSettings) -> AsyncIterator[Browser]:
    """A browser with its own cookies."""
    async with httpx.AsyncClient() as client:
        yield Browser(settings.issuer, client=client)
