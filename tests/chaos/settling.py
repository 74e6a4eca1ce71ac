"""Waiting until nothing is left to be done. What waits for its next try does not wait for long."""

import asyncio
import time
from datetime import timedelta

from sqlalchemy import text

from db.statements import Statement
from services.assembly import Services
from tests.chaos.stripe_side import StripeSide

_SECONDS = 300
"""Of waiting, when nothing moves any more."""
_SECONDS_TO_HURRY = 10
_FREE_OF_THE_DEAD = "UPDATE jobs.pgqueuer SET status = 'queued', queue_manager_id = NULL"
_HURRY = (
    "UPDATE jobs.pgqueuer SET execute_after = now() WHERE status = 'queued'",
    "UPDATE stripe_events SET next_attempt_at = NULL WHERE state = 'RECEIVED'",
    "UPDATE sandbox.deliveries SET next_at = now() WHERE state = 'pending'",
)
_LEFT = Statement(
    text(
        "SELECT (SELECT count(*) FROM jobs.pgqueuer) AS jobs,"
        " (SELECT count(*) FROM stripe_events WHERE state = 'RECEIVED') AS events,"
        " (SELECT count(*) FROM sandbox.deliveries WHERE state = 'pending') AS deliveries,"
        " (SELECT count(*) FROM intents WHERE status = 'OPEN') AS intents"
    )
)


class Settling:
    """What happens when the chaos is over."""

    def __init__(self, services: Services, stripe: StripeSide) -> None:
        self._services = services
        self._stripe = stripe

    async def free_of_the_dead(self) -> None:
        """What killed workers had begun may be begun again. No worker runs now."""
        await self._execute(_FREE_OF_THE_DEAD, *_HURRY)

    async def until_quiet(self) -> list[str]:
        """Wait for the end; what is left when nothing moves any more."""
        left, moved_at, hurried_at = await self._left(), time.monotonic(), time.monotonic()
        while any(left.values()):
            await self._services.intents.run_left_open(older_than=timedelta())
            await self._services.expiry.sweep()
            await asyncio.sleep(0.2)
            if (now := await self._left()) != left:
                left, moved_at = now, time.monotonic()
            if time.monotonic() - moved_at > _SECONDS:
                return [f"{number} {what} are left" for what, number in left.items() if number]
            if time.monotonic() - hurried_at > _SECONDS_TO_HURRY:
                await self._execute(*_HURRY)
                hurried_at = time.monotonic()
        return []

    async def _execute(self, *statements: str) -> None:
        async with self._services.database.begin() as transaction:
            for statement in statements:
                await transaction.session.execute(text(statement))

    async def _left(self) -> dict[str, int]:
        row = await self._services.database.fetch_row(_LEFT)
        assert row is not None
        return dict(row)
