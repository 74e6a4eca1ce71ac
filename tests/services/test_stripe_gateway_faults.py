"""What a failure allows next (C2), seen from the caller."""

import asyncio
from typing import Any

import pytest

from services.stripe_gateway import (
    StripeHTTPGateway,
    StripeMissingError,
    StripeRefusedError,
    StripeUnavailableError,
)
from tests.services.scripted_stripe import ScriptedStripe, error, page

CUSTOMER = {"id": "cus_1", "object": "customer"}
ONCE = {"stripe_should_retry": "false"}


async def create_customer(gateway: StripeHTTPGateway) -> str:
    return await gateway.create_customer(
        name="Acme", email=None, metadata={}, idempotency_key="i1:1"
    )


@pytest.mark.parametrize(
    ("body", "status", "headers", "stored"),
    [
        (error(), 500, {}, True),
        (error(), 503, {}, False),
        (error(), 503, {"idempotent_replayed": "true"}, True),
        (b"<html>Bad Gateway</html>", 502, {}, False),
        ({"error": "bad gateway"}, 502, {}, False),
        (error("idempotency_error", code="idempotency_key_in_use"), 409, {}, False),
        (b"<html>Welcome to the hotel's network</html>", 200, {}, False),
        ([], 200, {}, False),
        ({"object": "customer"}, 200, {}, False),
        (b"<html>Not Found</html>", 404, {}, False),
    ],
)
async def test_a_write_without_a_usable_answer_may_have_been_done(
    stripe: ScriptedStripe,
    gateway: StripeHTTPGateway,
    body: Any,
    status: int,
    headers: dict[str, str],
    *,
    stored: bool,
) -> None:
    stripe.will_answer(body, status, **ONCE, **headers)

    with pytest.raises(StripeUnavailableError) as raised:
        await create_customer(gateway)

    assert raised.value.outcome_unknown
    assert raised.value.stored is stored


async def test_a_read_without_a_usable_answer_leaves_no_doubt(
    stripe: ScriptedStripe, gateway: StripeHTTPGateway
) -> None:
    stripe.will_answer(error(), 500, **ONCE)

    with pytest.raises(StripeUnavailableError) as raised:
        await gateway.list_subscriptions("cus_1")

    assert (raised.value.outcome_unknown, raised.value.stored) == (False, False)


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [("17", 17), ("0", 1), ("999999", 3600), ("Wed, 21 Oct 2026 07:28:00 GMT", 5), (None, 5)],
)
async def test_a_rate_limit_has_done_nothing_and_says_when_to_come_back(
    stripe: ScriptedStripe, gateway: StripeHTTPGateway, retry_after: str | None, seconds: int
) -> None:
    headers = {"retry_after": retry_after} if retry_after else {}
    stripe.will_answer(error("rate_limit_error"), 429, **headers)

    with pytest.raises(StripeUnavailableError) as raised:
        await create_customer(gateway)

    assert not raised.value.outcome_unknown
    assert raised.value.retry_after_seconds == seconds


async def test_an_answer_that_never_ends_is_given_up_and_asked_for_again(
    stripe: ScriptedStripe, impatient: StripeHTTPGateway
) -> None:
    stripe.will_trickle()
    stripe.will_answer(CUSTOMER)

    assert await create_customer(impatient) == "cus_1"
    keys = [asked.headers["idempotency-key"] for asked in stripe.asked]
    assert keys == ["i1:1", "i1:1"]


async def test_a_call_is_tried_twice_and_not_more_often(
    stripe: ScriptedStripe, impatient: StripeHTTPGateway
) -> None:
    stripe.will_trickle()
    stripe.will_trickle()

    with pytest.raises(StripeUnavailableError) as raised:
        await create_customer(impatient)

    assert (raised.value.outcome_unknown, raised.value.stored) == (True, False)
    assert len(stripe.asked) == 2


async def test_a_connection_that_is_cut_leaves_the_outcome_open() -> None:
    async def cut(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(cut, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        gateway = StripeHTTPGateway("sk_test_1", base_url=f"http://127.0.0.1:{port}")
        with pytest.raises(StripeUnavailableError) as raised:
            await create_customer(gateway)
        await gateway.aclose()

    assert (raised.value.outcome_unknown, raised.value.stored) == (True, False)


async def test_a_declined_card_is_a_refusal_with_its_reason(
    stripe: ScriptedStripe, gateway: StripeHTTPGateway
) -> None:
    declined = error("card_error", code="card_declined", decline_code="insufficient_funds")
    stripe.will_answer(declined, 402)

    with pytest.raises(StripeRefusedError) as raised:
        await create_customer(gateway)

    refusal = raised.value
    assert (refusal.status, refusal.code) == (402, "card_declined")
    assert refusal.decline_code == "insufficient_funds"
    assert refusal.message == "card_error happened"


@pytest.mark.parametrize(
    ("status", "type_", "code"),
    [
        (400, "invalid_request_error", "invalid_request_error"),
        (400, "idempotency_error", "idempotency_error"),
        (401, "invalid_request_error", "invalid_request_error"),
        (403, "invalid_request_error", "invalid_request_error"),
    ],
)
async def test_a_refusal_without_a_code_is_told_by_its_type(
    stripe: ScriptedStripe, gateway: StripeHTTPGateway, status: int, type_: str, code: str
) -> None:
    stripe.will_answer(error(type_, param="name"), status)

    with pytest.raises(StripeRefusedError) as raised:
        await create_customer(gateway)

    assert (raised.value.status, raised.value.code, raised.value.param) == (status, code, "name")


async def test_what_a_write_refers_to_may_be_missing(
    stripe: ScriptedStripe, gateway: StripeHTTPGateway
) -> None:
    missing = error("invalid_request_error", code="resource_missing", param="customer")
    stripe.will_answer(missing, 400)

    with pytest.raises(StripeMissingError) as raised:
        await gateway.create_portal_session(
            customer_id="cus_gone", return_url="https://app.test", idempotency_key="i1:1"
        )

    assert raised.value.param == "customer"


async def test_what_is_asked_for_and_missing_is_none(
    stripe: ScriptedStripe, gateway: StripeHTTPGateway
) -> None:
    missing = error("invalid_request_error", code="resource_missing", param="id")
    stripe.will_answer(missing, 404)
    stripe.will_answer(missing, 404)

    assert await gateway.get_checkout_session("cs_gone") is None
    assert await gateway.get_product("seatwise_gone") is None


async def test_ping_tells_a_stripe_that_answers_from_one_that_refuses(
    stripe: ScriptedStripe, gateway: StripeHTTPGateway
) -> None:
    stripe.will_answer(page())
    await gateway.ping()

    stripe.will_answer(error("invalid_request_error"), 401)
    with pytest.raises(StripeRefusedError):
        await gateway.ping()


async def test_a_sandbox_on_this_machine_is_not_sought_behind_a_proxy(
    stripe: ScriptedStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    gateway = StripeHTTPGateway("sk_test_1", base_url=stripe.url)
    stripe.will_answer(page())

    await gateway.ping()

    await gateway.aclose()
