"""Stripe sends people back to known origins only, whatever a URL looks like."""

import pytest

from services.refusals import ReturnURLNotAllowed
from services.return_urls import LONGEST_URL, ReturnURLs, with_parameters

OURS = "https://seatwise.example/billing"
URLS = ReturnURLs(
    default=OURS, allowed_origins=("https://app.example", "http://localhost:3000", "http://[::1]")
)


def test_left_out_it_is_the_servers_own_page() -> None:
    assert URLS.checked(None) == OURS


@pytest.mark.parametrize(
    "url",
    [
        "https://seatwise.example/elsewhere",
        "https://app.example",
        "https://app.example:443/x",
        "HTTPS://APP.example/x?y=z#w",
        "http://localhost:3000/x",
        "http://[::1]:80/x",
        "https://app.example/" + "x" * (LONGEST_URL - len("https://app.example/")),
    ],
)
def test_every_page_of_an_allowed_origin_will_do(url: str) -> None:
    assert URLS.checked(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://app.example/",
        "https://app.example:80/",
        "https://app.example:8443/",
        "https://app.example:port/",
        "https://app.example:99999/",
        "http://localhost/",
        "https://app.example.evil.example/",
        "https://evil.example/https://app.example/",
        "https://app.example@evil.example/",
        "https://me@app.example/",
        "https://app.example\\@evil.example/",
        "https://evil.example\\.app.example/",
        "https://app.example/ x",
        "https://app.example/\tx",
        "https://app.example/ü",
        "//app.example/",
        "/x",
        "",
        "https:///x",
        "https://[::1/",
        "ftp://app.example/",
        "javascript://app.example/%0aalert(1)",
        "https://app.example/" + "x" * (LONGEST_URL - len("https://app.example/") + 1),
    ],
)
def test_another_origin_or_what_a_browser_may_read_otherwise_is_refused(url: str) -> None:
    with pytest.raises(ReturnURLNotAllowed) as refused:
        URLS.checked(url)
    assert refused.value.allowed_origins == (
        "https://seatwise.example",
        "https://app.example",
        "http://localhost:3000",
        "http://[::1]",
    )


def test_parameters_join_those_that_are_there() -> None:
    url = with_parameters("https://app.example/x?tab=&b=1%262#here", outcome="completed")
    assert url == "https://app.example/x?tab=&b=1%262&outcome=completed#here"
