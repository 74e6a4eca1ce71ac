"""`seatwise mails`, as an operator runs it."""

import asyncio
import os
import sys

from db import mails
from services.clock import real_now
from tests.services.team import new_team
from tests.stack import Stack


async def run(stack: Stack, *arguments: str) -> tuple[str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server.cli", "mails", *arguments,
        env={**os.environ, "DATABASE_URL": stack.services.database.url},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode == 0, err
    return out.decode(), err.decode()


async def test_mails_that_were_given_up_are_listed_apart_from_those_that_wait(
    stack: Stack,
) -> None:
    team = await new_team(stack, seats=3)
    assert await run(stack) == ("", "No mail was given up.\n")
    await team.invite("ann")
    await team.invite("bob")
    [bob, _] = await stack.services.mail.list_kept()
    async with stack.services.database.begin() as transaction:
        await mails.erase_failed(transaction, bob.id, now=real_now(), reason="550 nobody")

    [line] = (await run(stack))[0].splitlines()
    failed = ["FAILED", "INVITATION", "acme", "bob@example.com", "550 nobody"]
    assert line.split("\t")[1:] == failed
    [line] = (await run(stack, "--waiting"))[0].splitlines()
    assert line.split("\t")[1:] == ["WAITING", "INVITATION", "acme", "ann@example.com"]
