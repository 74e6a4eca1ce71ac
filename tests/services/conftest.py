from collections.abc import AsyncIterator, Iterator

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


@pytest.fixture
def stripe(stripe_server: ScriptedStripe) -> Iterator[ScriptedStripe]:
    """A Stripe that answers what the test tells it to, and is asked for nothing else."""
    stripe_server.forget()
    yield stripe_server
    assert stripe_server.faults == []
    assert not stripe_server.answers, "the gateway asks less often than the test says"


@pytest.fixture
async def gateway(stripe: ScriptedStripe) -> AsyncIterator[StripeHTTPGateway]:
    """The gateway to it, with so much patience that a busy machine makes no second try."""
    gateway = StripeHTTPGateway("sk_test_1", base_url=stripe.url, timeout_seconds=60)
    yield gateway
    await gateway.aclose()


@pytest.fixture
async def impatient(stripe: ScriptedStripe) -> AsyncIterator[StripeHTTPGateway]:
    """The same, for answers that never end. Whatever else it is told has two seconds to arrive."""
    gateway = StripeHTTPGateway("sk_test_1", base_url=stripe.url, timeout_seconds=2)
    yield gateway
    await gateway.aclose()
