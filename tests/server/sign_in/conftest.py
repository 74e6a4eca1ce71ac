from collections.abc import AsyncIterator

import pytest

from server.sign_in.sign_in import SignIn
from tests.conftest import ServeApp
from tests.server.sign_in.issuer_app import IssuerApp


@pytest.fixture
async def issuer(serve_app: ServeApp) -> AsyncIterator[IssuerApp]:
    """An issuer of the test's own, served over HTTP."""
    made = IssuerApp()
    async with serve_app(made.app) as url:
        made.url = url
        yield made
        made.gate.set()


@pytest.fixture
async def sign_in(issuer: IssuerApp) -> AsyncIterator[SignIn]:
    """Sign-in that believes that issuer."""
    async with SignIn(issuer.settings) as made:
        yield made
