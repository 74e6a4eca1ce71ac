"""One transaction for each request: the requests of an account happen one after the other."""

import asyncio
import hashlib
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakValueDictionary

import asyncpg
import orjson

from sandbox.engine.account import Account, Caller
from sandbox.engine.due import run_due
from sandbox.errors import StripeError
from sandbox.settings import Settings

_KEY = re.compile(r"^(sk|rk)_test_\w{3,}$")
_READ = """
    SELECT *, EXISTS (
        SELECT 1 FROM sandbox.objects
        WHERE account = accounts.id AND due_at <= coalesce(frozen_at, $2 + clock_offset)
    ) AS is_behind
    FROM sandbox.accounts WHERE id = $1
"""
_MAKE = "INSERT INTO sandbox.accounts (id) VALUES ($1) ON CONFLICT DO NOTHING"


def account_of_key(key: str) -> str:
    """The account that an API key opens; it comes into being with its first request.

    Raises:
        StripeError: this is no secret test key.
    """
    if not _KEY.match(key):
        shown = f"{key[:8]}{'*' * 8}{key[-4:]}" if len(key) > 12 else "****"  # noqa: PLR2004 # enough to hide
        raise StripeError(f"Invalid API Key provided: {shown}", status=401)
    digest = hashlib.sha256(key.encode()).hexdigest()
    return f"acct_{digest[:16]}"


class Transactions:
    """Opens accounts. `on_events` is called after a commit that made events to deliver."""

    def __init__(
        self, pool: asyncpg.Pool, *, settings: Settings, on_events: Callable[[], None]
    ) -> None:
        self._pool = pool
        self._settings = settings
        self._on_events = on_events
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def write(self, account_id: str, *, caller: Caller) -> AsyncIterator[Account]:
        """The account, locked; what is due has happened. Written at the end, or not at all.

        Who waits for an account waits without a connection, so that others are not kept waiting;
        the lock on its row is for other processes.
        """
        turn = self._turns.setdefault(account_id, asyncio.Lock())
        async with turn, self._pool.acquire() as connection:
            async with connection.transaction():
                row = await self._lock(connection, account_id)
                account = self._open(connection, row, caller=caller)
                if row["is_behind"]:
                    await run_due(account, until=account.now)
                yield account
                await self._store(account)
            if account.has_events:
                self._on_events()

    @asynccontextmanager
    async def read(self, account_id: str) -> AsyncIterator[Account]:
        """The account as it is, without a lock; what is due happens first."""
        async with self._pool.acquire() as connection:
            row = await connection.fetchrow(_READ, account_id, int(time.time()))
            is_ready = row is not None and not row["is_behind"]
        if not is_ready:
            async with self.write(account_id, caller=Caller()):
                pass
        async with self._pool.acquire() as connection:
            row = await connection.fetchrow(_READ, account_id, int(time.time()))
            assert row is not None
            yield self._open(connection, row, caller=Caller())

    async def _lock(self, connection: Any, account_id: str) -> asyncpg.Record:
        row = await connection.fetchrow(f"{_READ} FOR UPDATE", account_id, int(time.time()))
        if row is None:
            await connection.execute(_MAKE, account_id)
            row = await connection.fetchrow(f"{_READ} FOR UPDATE", account_id, int(time.time()))
        assert isinstance(row, asyncpg.Record)
        return row

    def _open(self, connection: Any, row: asyncpg.Record, *, caller: Caller) -> Account:
        flowing = int(time.time()) + row["clock_offset"]
        return Account(
            connection=connection,
            id=row["id"],
            now=flowing if row["frozen_at"] is None else row["frozen_at"],
            sequence=row["sequence"],
            settings=orjson.loads(row["settings"]),
            public_url=self._settings.public_url,
            checks_events=self._settings.check_answers,
            caller=caller,
        )

    async def _store(self, account: Account) -> None:
        await account.flush()
        await account.connection.execute(
            "UPDATE sandbox.accounts SET sequence = $2, settings = $3 WHERE id = $1",
            account.id,
            account.sequence,
            orjson.dumps(account.settings).decode(),
        )
