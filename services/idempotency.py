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
from sqlalchemy import DateTime, bindparam
from sqlalchemy.dialects.postgresql import insert

from db.batches import BATCH, delete_in_batches, deleting
from db.database import Database, Transaction
from db.ids import new_id
from db.models import IdempotencyKey
from services.refusals import IdempotencyKeyReused, InvalidInput

LIFETIME = timedelta(hours=24)
LONGEST_KEY = 255
_FRESH = {"populate_existing": True}


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
        insertion = insert(IdempotencyKey).values(values)
        # The update changes nothing. It locks the row that is there, or inserts where `forget_old`
        # took it away meanwhile: one statement, as there is nothing to look for in between.
        statement = insertion.on_conflict_do_update(
            index_elements=list(scope), set_={"key": insertion.excluded.key}
        ).returning(IdempotencyKey)
        session = transaction.session
        row: IdempotencyKey | None = await session.scalar(statement, execution_options=_FRESH)
        assert row is not None, "it was there, or was inserted"
        return row

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
