"""Whose address is believed: the connection's, or a trusted proxy's word."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from server.client_address import USUAL_HEADER, ClientAddress


async def asked(
    *, connection: str, trusted: tuple[str, ...], header: str, sent: dict[str, str]
) -> tuple[str, str]:
    async def tell(request: Request) -> JSONResponse:
        assert request.client is not None
        return JSONResponse([request.client.host, request.url.scheme])

    app = Starlette(
        routes=[Route("/", tell)],
        middleware=[Middleware(ClientAddress, trusted=trusted, header=header)],
    )
    transport = httpx.ASGITransport(app, client=(connection, 5000))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        host, scheme = (await client.get("/", headers=sent)).json()
    return host, scheme


PROXY, CLIENT, LIE = "10.0.0.7", "192.0.2.9", "198.51.100.66"


@pytest.mark.parametrize(
    ("connection", "header", "sent", "believed"),
    [
        (PROXY, USUAL_HEADER, {}, PROXY),
        (PROXY, USUAL_HEADER, {USUAL_HEADER: CLIENT}, CLIENT),
        (PROXY, USUAL_HEADER, {USUAL_HEADER: f"{LIE}, {CLIENT}"}, CLIENT),
        (PROXY, USUAL_HEADER, {USUAL_HEADER: f"{CLIENT}, 10.0.0.8"}, CLIENT),
        (CLIENT, USUAL_HEADER, {USUAL_HEADER: LIE}, CLIENT),
        (PROXY, "CF-Connecting-IP", {"CF-Connecting-IP": CLIENT}, CLIENT),
        (PROXY, "CF-Connecting-IP", {"CF-Connecting-IP": CLIENT, USUAL_HEADER: LIE}, CLIENT),
        (PROXY, "CF-Connecting-IP", {USUAL_HEADER: LIE}, PROXY),
        (CLIENT, "CF-Connecting-IP", {"CF-Connecting-IP": LIE}, CLIENT),
    ],
)
async def test_only_a_trusted_proxy_says_who_the_client_is(
    connection: str, header: str, sent: dict[str, str], believed: str
) -> None:
    host, _ = await asked(connection=connection, trusted=("10.0.0.0/24",), header=header, sent=sent)
    assert host == believed


@pytest.mark.parametrize(("connection", "scheme"), [(PROXY, "https"), (CLIENT, "http")])
async def test_only_a_trusted_proxy_says_how_the_client_came(connection: str, scheme: str) -> None:
    sent = {"X-Forwarded-Proto": "https"}
    _, told = await asked(
        connection=connection, trusted=("10.0.0.0/24",), header=USUAL_HEADER, sent=sent
    )
    assert told == scheme
