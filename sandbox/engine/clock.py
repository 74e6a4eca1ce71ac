"""Each account's own clock: real time plus an offset, forward only; it can be frozen."""

import time
from typing import Any

from sandbox.engine.account import Account
from sandbox.engine.due import run_due
from sandbox.errors import invalid

_LONGEST_STEP = 10 * 366 * 86_400


async def advance(account: Account, *, to: int) -> None:
    """Moves the clock. What falls due on the way has happened when this returns.

    Raises:
        StripeError: `to` lies in the past, or more than ten years away.
    """
    start = account.now
    if to < start:
        raise invalid(f"The clock only moves forward: it is {start}.", param="to")
    if to - start > _LONGEST_STEP:
        raise invalid("The clock moves at most ten years at a time.", param="to")
    await run_due(account, until=to)
    await account.connection.execute(
        "UPDATE sandbox.accounts SET clock_offset = clock_offset + $2,"
        " frozen_at = frozen_at + $2 WHERE id = $1",
        account.id,
        to - start,
    )


async def freeze(account: Account) -> None:
    """Stops the clock, so that what is computed from it can be foreseen to the second."""
    await account.connection.execute(
        "UPDATE sandbox.accounts SET frozen_at = $2 WHERE id = $1 AND frozen_at IS NULL",
        account.id,
        account.now,
    )


async def release(account: Account) -> None:
    """Lets a frozen clock run on from where it stands."""
    await account.connection.execute(
        "UPDATE sandbox.accounts SET frozen_at = NULL,"
        " clock_offset = frozen_at - $2 WHERE id = $1 AND frozen_at IS NOT NULL",
        account.id,
        int(time.time()),
    )


async def show_clock(account: Account) -> dict[str, Any]:
    """`now` in Unix seconds."""
    frozen_at = await account.connection.fetchval(
        "SELECT frozen_at FROM sandbox.accounts WHERE id = $1", account.id
    )
    return {"now": account.now if frozen_at is None else frozen_at, "frozen": frozen_at is not None}
