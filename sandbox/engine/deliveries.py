"""Delivers events to webhook endpoints: at least once, signed, tried again with growing pauses.

A delivery is a row. It is leased before it is sent, so that a crash on the way sends it again
after the lease, and two processes on one database do not send it twice at once. Pauses and
signatures are on real time, not on an account's clock.
"""

import asyncio
import contextlib
import hashlib
import hmac
import time
from typing import Any

import asyncpg
import httpx
import orjson
import structlog

from sandbox.engine.database import DATABASE_AWAY
from sandbox.engine.delivery_faults import DeliveryFaults, DeliveryPlan
from sandbox.settings import Settings

_CLAIM = """
    UPDATE sandbox.deliveries AS delivery
    SET attempts = attempts + 1, next_at = now() + make_interval(secs => $1)
    FROM (
        SELECT id FROM sandbox.deliveries
        WHERE state = 'pending' AND next_at <= now() ORDER BY id LIMIT $2
        FOR UPDATE SKIP LOCKED
    ) AS claimed
    WHERE delivery.id = claimed.id
    RETURNING delivery.id, delivery.account, delivery.attempts, delivery.event,
        (SELECT delivery_faults FROM sandbox.accounts WHERE id = delivery.account) AS faults,
        (SELECT sequence FROM sandbox.objects o
         WHERE o.account = delivery.account AND o.id = delivery.event) AS sequence,
        (SELECT data FROM sandbox.objects o
         WHERE o.account = delivery.account AND o.id = delivery.event) AS payload,
        (SELECT data FROM sandbox.objects o
         WHERE o.account = delivery.account AND o.id = delivery.endpoint) AS target
"""
_BATCH = 32
_GIVE_UP_AFTER = "interval '3 days'"
_LONGEST_PAUSE = 3600.0
_IDLE_SECONDS = 1.0

_log = structlog.get_logger()


def sign(payload: bytes, *, secret: str, at: int) -> str:
    """The `Stripe-Signature` header (https://docs.stripe.com/webhooks#verify-manually)."""
    signed = f"{at}.".encode() + payload
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


class Deliveries:
    """The loop that sends what is pending."""

    def __init__(self, pool: asyncpg.Pool, *, settings: Settings) -> None:
        self._pool = pool
        self._settings = settings
        self._wake = asyncio.Event()
        self._progress = asyncio.Event()
        self._client = httpx.AsyncClient(
            timeout=settings.delivery_timeout_seconds, follow_redirects=False, trust_env=False
        )

    def wake(self) -> None:
        """There is something to send."""
        self._wake.set()

    async def run(self) -> None:
        """Sends until cancelled."""
        async with self._client:
            while True:
                self._wake.clear()
                if not await self._try_to_send():
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._wake.wait(), _IDLE_SECONDS)

    async def _try_to_send(self) -> int:
        """A database that is away for a moment is no reason to stop for good."""
        try:
            return await self._send_batch()
        except DATABASE_AWAY:
            _log.exception("deliveries failed; trying again")
            return 0

    async def list_states(self, account: str, *, state: str | None) -> list[dict[str, Any]]:
        """The deliveries of an account, oldest first."""
        rows = await self._pool.fetch(
            "SELECT d.id, d.event, d.endpoint, d.state, d.attempts, d.last_status, d.last_error,"
            " o.data ->> 'type' AS type FROM sandbox.deliveries d"
            " LEFT JOIN sandbox.objects o ON o.account = d.account AND o.id = d.event"
            " WHERE d.account = $1 AND ($2::text IS NULL OR d.state = $2) ORDER BY d.id",
            account,
            state,
        )
        return [dict(row) for row in rows]

    async def wait_until_sent(self, account: str, *, seconds: float) -> bool:
        """Waits until nothing of the account is pending; False when the time is over first."""
        deadline = time.monotonic() + seconds
        while await self._count_pending(account):
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                return False
            self._progress.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._progress.wait(), min(remaining, _IDLE_SECONDS))
        return True

    async def _count_pending(self, account: str) -> int:
        count: int = await self._pool.fetchval(
            "SELECT count(*) FROM sandbox.deliveries WHERE account = $1 AND state = 'pending'",
            account,
        )
        return count

    async def _send_batch(self) -> int:
        lease = self._settings.delivery_timeout_seconds + 10
        rows = await self._pool.fetch(_CLAIM, lease, _BATCH)
        plans = [(_plan(row), row) for row in sorted(rows, key=lambda row: row["id"])]
        plans.sort(key=lambda pair: pair[0].place)
        await asyncio.gather(*(self._send(row, plan) for plan, row in plans))
        self._progress.set()
        return len(rows)

    async def _send(self, row: asyncpg.Record, plan: DeliveryPlan) -> None:
        if row["target"] is None or row["payload"] is None:
            await self._finish(row, state="failed", status=None, error="endpoint or event is gone")
            return
        await asyncio.sleep(plan.delay_seconds)
        if plan.is_dropped:
            await self._finish(row, state="dropped", status=None, error="dropped by a fault")
            return
        status, error = None, None
        for _ in range(1 + plan.duplicates):
            status, error = await self._post(row)
        delivered = status is not None and 200 <= status < 300  # noqa: PLR2004 # HTTP's 2xx
        state = "delivered" if delivered else "pending"
        await self._finish(row, state=state, status=status, error=error)

    async def _post(self, row: asyncpg.Record) -> tuple[int | None, str | None]:
        target = orjson.loads(row["target"])
        payload = orjson.dumps(orjson.loads(row["payload"]), option=orjson.OPT_INDENT_2)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": sign(payload, secret=target["_secret"], at=int(time.time())),
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }
        try:
            answer = await self._client.post(target["url"], content=payload, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            return None, f"{type(problem).__name__}: {problem}"
        return answer.status_code, None

    async def _finish(
        self, row: asyncpg.Record, *, state: str, status: int | None, error: str | None
    ) -> None:
        pause = self._settings.delivery_retry_seconds * 2 ** (row["attempts"] - 1)
        await self._pool.execute(
            "UPDATE sandbox.deliveries SET last_status = $3, last_error = $4,"  # noqa: S608 # a constant
            " next_at = now() + make_interval(secs => $5),"
            f" state = CASE WHEN $2 = 'pending' AND created_at < now() - {_GIVE_UP_AFTER}"
            " THEN 'failed' ELSE $2 END WHERE id = $1",
            row["id"],
            state,
            status,
            error,
            min(pause, _LONGEST_PAUSE),
        )
        if state == "pending":
            _log.info("delivery failed", event_id=row["event"], status=status, error=error)


def _plan(row: asyncpg.Record) -> DeliveryPlan:
    """Without faults a delivery goes out at once, in its turn."""
    if row["faults"] is None or row["sequence"] is None:
        return DeliveryPlan(place=float(row["id"]))
    faults = DeliveryFaults(**orjson.loads(row["faults"]))
    return faults.plan(event=row["sequence"], attempt=row["attempts"])
