"""The scenarios in the sandbox, always, and in a Stripe test account when there is a key to one.

`STRIPE_TEST_API_KEY=sk_test_... pytest -n 0 -m stripe_account` (docs/stripe-account.md).
"""

import os
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from server.running_services import running_services
from server.sandbox_account import SandboxAccount
from services.stripe_gateway import API_VERSION
from tests.stack import Stack, settings_for
from tests.stripe_account.account import Account
from tests.stripe_account.scenarios import SCENARIOS

VARIABLE = "STRIPE_TEST_API_KEY"
STRIPE = "https://api.stripe.com"
KEY = os.environ.get(VARIABLE, "")
NO_ACCOUNT = f"{VARIABLE} is not set: nothing was tried in a Stripe account, only in the sandbox"
SANDBOX = pytest.param("sandbox", id="sandbox")
REAL = pytest.param("account", id="account", marks=pytest.mark.stripe_account)


@pytest.fixture(params=[SANDBOX, REAL])
def is_real(request: pytest.FixtureRequest) -> bool:
    """Skips, or fails, before anything is set up."""
    wanted: bool = request.param == "account"
    if wanted and not KEY:
        pytest.skip(NO_ACCOUNT)
    if wanted and "_test_" not in KEY:
        pytest.fail(f"{VARIABLE} is no test key: these scenarios buy and cancel")
    return wanted


@pytest.fixture
async def account(
    *, is_real: bool, database_url: str, sandbox_process: str, tmp_path: Path
) -> AsyncIterator[Account]:
    key = KEY if is_real else f"sk_test_{secrets.token_hex(12)}"
    url = STRIPE if is_real else sandbox_process
    settings = settings_for(database_url, sandbox_process, tmp_path).model_copy(
        update={"stripe_api_key": SecretStr(key)} if is_real else {"sandbox_api_key": key}
    )
    headers = {"Authorization": f"Bearer {key}", "Stripe-Version": API_VERSION}
    async with (
        running_services(settings, database_url=database_url) as services,
        SandboxAccount(url, api_key=key) as sandbox,
        httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as http,
    ):
        account = Account(Stack(services, settings, sandbox, http), is_real)
        await account.push()
        yield account
        await account.clean_up()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
async def test_it_happens_so(account: Account, scenario: object) -> None:
    assert callable(scenario)
    await scenario(account)
