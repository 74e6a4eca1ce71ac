"""`seatwise events`, as an operator runs it."""

import asyncio
import os
import sys

import pytest

from db.enums import StripeEventState
from tests.services.test_stripe_events import put_in
from tests.services.webhooks import deliver, event_of, states
from tests.stack import Stack

DEAD, RECEIVED = StripeEventState.DEAD, StripeEventState.RECEIVED


async def run(stack: Stack, *arguments: str) -> tuple[int, str, str]:
    url = stack.settings.database_url
    assert url is not None
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server.cli", "events", *arguments,
        env={**os.environ, "DATABASE_URL": url.get_secret_value()},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_an_empty_inbox_says_what_to_look_at(stack: Stack) -> None:
    code, out, err = await run(stack, "list")
    assert (code, out) == (0, "")
    assert "No events yet" in err
    assert "doctor --stripe" in err
    code, out, err = await run(stack, "retry", "--dead")
    assert (code, out, err) == (0, "No event is dead.\n", ""), "nobody watches: no progress bar"


async def test_events_are_listed_shown_and_tried_again(stack: Stack) -> None:
    for number in range(3):
        await deliver(stack, event_of("cus_1", f"evt_{number}", api_version="2019-12-03"))
    await put_in(stack, "evt_1", DEAD)

    code, out, _ = await run(stack, "list", "--limit", "2")
    assert [line.split("\t")[2] for line in out.splitlines()] == ["evt_2", "evt_1"]
    code, out, _ = await run(stack, "list", "--state", "dead", "--since", "1h")
    [line] = out.splitlines()
    assert line.endswith("\tafter 7 attempts: no answer")
    assert "\tDEAD\tevt_1\t" in line

    code, out, _ = await run(stack, "show", "evt_1")
    assert code == 0
    assert '"id": "evt_1"' in out
    assert "2019-12-03 (ours is" in out

    code, out, _ = await run(stack, "retry", "--dead")
    assert (code, out) == (0, "1 events are fetched for again\n")
    assert (await states(stack))["evt_1"] is RECEIVED
    code, out, _ = await run(stack, "retry", "evt_0", "evt_2")
    assert (code, out) == (0, "2 events are fetched for again\n")


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("show", "evt_none"), 1, "There is no event evt_none here"),
        (("retry", "evt_none"), 1, "There is no event evt_none here"),
        (("retry",), 2, "Name events, or give --dead."),
        (("list", "--organization", "nobody"), 1, "there is no organization called 'nobody'"),
        (("list", "--state", "asleep"), 2, "'asleep' is not one of"),
    ],
)
async def test_mistakes_are_one_line(
    stack: Stack, arguments: tuple[str, ...], code: int, told: str
) -> None:
    found, out, err = await run(stack, *arguments)
    assert (found, out) == (code, "")
    assert told in err
    assert "Traceback" not in err
