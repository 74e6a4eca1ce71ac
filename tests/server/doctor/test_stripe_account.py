"""`seatwise doctor --stripe` against the sandbox: whatever is wrong is told, with what to do."""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from server.doctor import Finding, State, examine_stripe
from server.settings import Settings
from services.stripe_gateway import WANTED_EVENTS, account
from tests.conftest import ServeApp
from tests.stack import CATALOGUE, Stack

PROBLEM, NOTE = State.PROBLEM, State.NOTE


def of(findings: list[Finding], subject: str) -> list[Finding]:
    return [one for one in findings if one.subject.startswith(subject)]


def problems(findings: list[Finding]) -> dict[str, str]:
    return {one.subject: one.text for one in findings if one.state is PROBLEM}


async def add_endpoint(stack: Stack, *events: str, **more: Any) -> str:
    form = {f"enabled_events[{index}]": name for index, name in enumerate(events)}
    url = f"{stack.settings.public_url}/webhooks/stripe"
    made = await stack.stripe("POST", "/v1/webhook_endpoints", url=url, **form, **more)
    endpoint_id: str = made["id"]
    return endpoint_id


async def test_an_account_that_is_set_up_has_no_problem(stack: Stack) -> None:
    await add_endpoint(stack, *WANTED_EVENTS)
    findings = await examine_stripe(stack.settings)
    assert problems(findings) == {}
    assert [one.subject.split()[0] for one in findings] == [
        "key", "account", "permissions", "webhooks", "catalogue", "portal", "tax", "API", "clock",
    ]  # fmt: skip
    with_tax = stack.settings.model_copy(update={"collect_tax": True})
    assert of(await examine_stripe(with_tax), "tax")[0].state is State.GOOD


async def test_an_endpoint_that_is_not_there_is_told_with_what_to_do(stack: Stack) -> None:
    await stack.stripe(
        "POST",
        "/v1/webhook_endpoints",
        url="https://old.example.com/hook",
        **{"enabled_events[0]": "*"},
    )
    [found] = of(await examine_stripe(stack.settings), "webhooks")
    assert found.state is PROBLEM
    assert "only to https://old.example.com/hook" in found.text
    assert "seatwise events types" in found.remedy
    assert f"{stack.settings.public_url}/webhooks/stripe" in found.remedy


async def test_missing_events_are_named(stack: Stack) -> None:
    await add_endpoint(stack, *WANTED_EVENTS[2:])
    [found] = of(await examine_stripe(stack.settings), "webhooks")
    assert found.state is PROBLEM
    assert found.text == f"is not sent {WANTED_EVENTS[0]}, {WANTED_EVENTS[1]}"


async def test_an_endpoint_may_be_disabled_doubled_of_another_version_or_too_talkative(
    stack: Stack,
) -> None:
    first = await add_endpoint(stack, *WANTED_EVENTS, "charge.succeeded", api_version="2024-06-20")
    await stack.stripe("POST", f"/v1/webhook_endpoints/{first}", disabled="true")
    await add_endpoint(stack, "*")
    findings = of(await examine_stripe(stack.settings), "webhooks")
    assert [one.text for one in findings if one.state is PROBLEM] == ["is disabled"]
    notes = [one.text for one in findings if one.state is NOTE]
    assert "is also sent charge.succeeded" in notes
    assert any("sends events in 2024-06-20" in text for text in notes)
    assert any("2 endpoints lead here" in text for text in notes)


async def test_a_catalogue_that_was_not_pushed_is_told_item_by_item(
    stack: Stack, tmp_path: Path
) -> None:
    changed = tmp_path / "catalog.toml"
    amounts = CATALOGUE.read_text().partition('code = "PRO"')
    later = amounts[2].replace('name = "Pro"', 'name = "Professional"', 1)
    changed.write_text(amounts[0] + amounts[1] + later.replace('usd = "', 'usd = "1', 1))
    settings = stack.settings.model_copy(update={"catalogue": changed})
    [found] = of(await examine_stripe(settings), "catalogue")
    assert found.state is PROBLEM
    assert "seatwise_pro has another name or description" in found.text
    assert "(seatwise_pro_monthly_usd) has other terms" in found.text
    assert found.remedy == "run `seatwise catalog push`"

    missing = stack.settings.model_copy(update={"catalogue": tmp_path / "none.toml"})
    assert of(await examine_stripe(missing), "catalogue")[0].state is PROBLEM


async def test_an_account_without_anything_is_told_what_to_push(stack: Stack) -> None:
    key = f"{stack.settings.sandbox_api_key}_empty"
    findings = await examine_stripe(stack.settings.model_copy(update={"sandbox_api_key": key}))
    assert set(problems(findings)) == {"webhooks", "catalogue", "portal"}
    assert "there is no product seatwise_pro" in problems(findings)["catalogue"]


async def test_what_a_restricted_key_may_not_read_is_named(stack: Stack) -> None:
    routes = ("GET /v1/payment_intents", "GET /v1/subscription_schedules")
    await stack.fail(*({"route": one, "status": 403, "count": None} for one in routes))
    [found] = of(await examine_stripe(stack.settings), "permissions")
    assert found.state is PROBLEM
    assert found.text == "may not read subscription schedules, payment intents"
    assert "docs/stripe-account.md" in found.remedy


async def test_a_clock_that_is_wrong_is_told(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    for seconds, state, text in ((-120, PROBLEM, "behind"), (30, NOTE, "ahead of"), (0, None, "")):
        shifted = SimpleNamespace(time=lambda by=seconds: time.time() + by)
        monkeypatch.setattr(account, "time", shifted)
        [found] = of(await examine_stripe(stack.settings), "clock")
        assert found.state is (state or State.GOOD)
        assert text in found.text


@pytest.mark.parametrize(
    ("status", "told"), [(401, "copy the secret key"), (403, "restricted key")]
)
async def test_a_key_that_is_not_accepted_is_told(
    tmp_path: Path, serve_app: ServeApp, status: int, told: str
) -> None:
    async def refuse(_: Request) -> JSONResponse:
        return JSONResponse(
            {"error": {"type": "invalid_request_error", "message": "No."}}, status_code=status
        )

    app = Starlette(routes=[Route("/{path:path}", refuse, methods=["GET"])])
    async with serve_app(app) as url:
        [found] = await examine_stripe(Settings(sandbox_url=url, data_dir=tmp_path))
    assert (found.subject, found.state) == ("key", PROBLEM)
    assert told in found.remedy


async def test_the_command_says_it_line_by_line(
    stack: Stack, tmp_path: Path, unused_port: Callable[[], int]
) -> None:
    async def run(sandbox_url: str) -> tuple[int | None, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "server.cli", "doctor", "--stripe",
            env={
                **os.environ,
                "SEATWISE_SANDBOX_URL": sandbox_url,
                "SEATWISE_SANDBOX_API_KEY": stack.settings.sandbox_api_key,
                "SEATWISE_CATALOGUE": str(CATALOGUE),
                "SEATWISE_DATA_DIR": str(tmp_path),
            },
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, _ = await process.communicate()
        return process.returncode, out.decode()

    code, out = await run(stack.settings.sandbox_url)
    assert code == 1, "no endpoint leads to it"
    assert "ok       catalogue: Stripe sells what" in out
    assert "problem  webhooks: no endpoint leads to" in out
    await add_endpoint(stack, *WANTED_EVENTS)
    code, out = await run(stack.settings.sandbox_url)
    assert (code, "problem" in out) == (0, False)
    code, out = await run(f"http://127.0.0.1:{unused_port()}")
    assert code == 1
    assert "start `make run`, or set STRIPE_API_KEY" in out
