"""Moving the clock of development: the sandbox first, then what follows from it, then ours.

It moves a day at a time, so that what happens on the way happens on its day: an unpaid subscription
ends when it is seen to be unpaid, and its grace time begins then.
"""

import asyncio
from datetime import timedelta

from sqlalchemy import func, select

from db.enums import StripeEventState
from db.models import StripeEvent
from db.statements import Statement
from server.sandbox_account import SandboxAccount
from server.start_error import StartError
from services.assembly import Services

_POLL_SECONDS = 0.05
_WAIT_SECONDS = 60
_STEP = timedelta(days=1)
_WAITING = Statement(select(func.count()).where(StripeEvent.state == StripeEventState.RECEIVED))


async def advance_clock(services: Services, sandbox: SandboxAccount, by: timedelta) -> None:
    """Move both clocks by as much, in the order in which things would have happened.

    Raises `StartError` when the server does not take the webhooks or the worker does not work
    them off: then our own clock has not passed that day yet, and the command can be given again.
    """
    while by > timedelta():
        step = min(by, _STEP)
        await _advance_step(services, sandbox, step)
        by -= step


async def _advance_step(services: Services, sandbox: SandboxAccount, step: timedelta) -> None:
    await sandbox.advance_clock(step)
    if not await sandbox.until_delivered():
        raise StartError("the sandbox cannot deliver its webhooks; does the server run?")
    try:
        async with asyncio.timeout(_WAIT_SECONDS):
            await _until_worked_off(services)
    except TimeoutError:
        raise StartError("the webhooks are not worked off; does the worker run?") from None
    await services.clock.advance(services.database, step)
    await _until_swept(services)


async def _until_swept(services: Services) -> None:
    """A sweep leaves out an organization that somebody is just working on."""
    async with asyncio.timeout(_WAIT_SECONDS):
        await services.expiry.sweep()
        while await services.expiry.count_due():
            await asyncio.sleep(_POLL_SECONDS)
            await services.expiry.sweep()


async def _until_worked_off(services: Services) -> None:
    while (await services.database.fetch(_WAITING))[0][0]:  # noqa: ASYNC110 - other processes work
        await asyncio.sleep(_POLL_SECONDS)
