from collections.abc import AsyncIterator

import pytest

from services.stripe_gateway import StripeHTTPGateway
from tests.conftest import ServeApp
from tests.services.scripted_stripe import ScriptedStripe


@pytest.fixture(scope="session")
async def stripe_server(serve_app: ServeApp) -> AsyncIterator[ScriptedStripe]:
    scripted = ScriptedStripe()
    async with serve_app(scripted.app()) as scripted.url:
        yield scripted
        scripted.forget()
        assert scripted.faults == [], "Stripe would refuse what the gateway asks"


@pytest.fixture
def stripe(stripe_server: ScriptedStripe) -> ScriptedStripe:
    """A Stripe that answers what the test tells it to."""
    stripe_server.forget()
    return stripe_server


@pytest.fixture
async def gateway(stripe: ScriptedStripe) -> AsyncIterator[StripeHTTPGateway]:
    """The gateway to it, with little patience."""
    gateway = StripeHTTPGateway("sk_test_1", base_url=stripe.url, timeout_seconds=0.5)
    yield gateway
    await gateway.aclose()
