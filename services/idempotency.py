"""Idempotency keys of mutations: the same key and input give the same answer for 24 hours.

Scope: viewer, organization, mutation. Only answers are kept, never refusals: a refused call did
nothing, so it is simply judged again.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import DateTime, bindparam, select
from sqlalchemy.dialects.postgresql import insert

from db.batches import BATCH, delete_in_batches, deleting
from db.database import Database, Transaction
from db.ids import new_id
from db.models import IdempotencyKey
from services.refusals import IdempotencyKeyReused, InvalidInput

LIFETIME = timedelta(hours=24)
LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class IdempotentCall:
    """A call under a key that its caller chose; without a key every method does nothing."""

    key: str | None
    user_id: UUID
    organization_id: UUID | None
    mutation: str
    input: dict[str, Any]

    def __post_init__(self) -> None:
        """Refuse keys that no index should hold."""
        if self.key is not None and not 1 <= len(self.key) <= LONGEST_KEY:
            raise InvalidInput("idempotencyKey", f"has to have 1 to {LONGEST_KEY} characters")
        if "\0" in (self.key or ""):
            raise InvalidInput("idempotencyKey", "may not contain the character U+0000")

    async def answer(self, transaction: Transaction, *, now: datetime) -> dict[str, Any] | None:
        """The answer given before, or None: then the caller answers and calls `remember`.

        Holds the key's row until the transaction ends, so that two calls at once give one answer.
        """
        if self.key is None:
            return None
        row = await self._locked_row(transaction, now=now)
        if row.created_at <= now - LIFETIME:
            row.created_at, row.input_hash, row.answer = now, self._input_hash(), None
        if row.input_hash != self._input_hash():
            raise IdempotencyKeyReused
        return row.answer

    async def remember(
        self, transaction: Transaction, answer: dict[str, Any], *, now: datetime
    ) -> None:
        """Keep the answer; it is visible when the transaction commits."""
        if self.key is not None:
            (await self._locked_row(transaction, now=now)).answer = answer

    async def _locked_row(self, transaction: Transaction, *, now: datetime) -> IdempotencyKey:
        scope = {
            "user_id": self.user_id,
            "organization_id": self.organization_id,
            "mutation": self.mutation,
            "key": self.key,
        }
        values = {"id": new_id(), "input_hash": self._input_hash(), "created_at": now, **scope}
        session = transaction.session
        await session.execute(insert(IdempotencyKey).values(values).on_conflict_do_nothing())
        statement = select(IdempotencyKey).filter_by(**scope).with_for_update()
        return (await session.execute(statement)).scalar_one()

    def _input_hash(self) -> str:
        text = orjson.dumps(self.input, option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(text).hexdigest()


_FORGET = deleting(
    IdempotencyKey.id,
    IdempotencyKey.created_at <= bindparam("until", type_=DateTime(timezone=True)),
    oldest_by=IdempotencyKey.created_at,
)


async def forget_old(database: Database, *, now: datetime, batch: int = BATCH) -> None:
    """Delete the keys that no call may refer to any more, in batches. For the worker."""
    await delete_in_batches(database, _FORGET, batch=batch, until=now - LIFETIME)
