"""One account's objects inside one transaction.

Objects are Stripe's JSON, with ids where Stripe has references. Keys that begin with `_` are the
sandbox's own and never leave it. What was changed is found by comparison when the transaction is
written, so nothing has to be marked and nothing can be forgotten.
"""

import copy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias, Unpack

import asyncpg
import orjson

from sandbox.engine.due import moment_of
from sandbox.engine.events import changed_values, describe_event
from sandbox.engine.ids import new_id
from sandbox.engine.render import render
from sandbox.engine.selection import Selection, SelectionArguments
from sandbox.errors import missing_resource
from sandbox.sdk.answers import check_object

Resource: TypeAlias = dict[str, Any]
Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"

_UPSERT = """
    INSERT INTO sandbox.objects
        (account, id, kind, sequence, created, customer, due_at, due_rank, data)
    SELECT $1, * FROM unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::text[],
                             $7::bigint[], $8::smallint[], $9::jsonb[])
    ON CONFLICT (account, id) DO UPDATE SET
        customer = excluded.customer, due_at = excluded.due_at, due_rank = excluded.due_rank,
        data = excluded.data
"""
_DELIVER = """
    INSERT INTO sandbox.deliveries (account, event, endpoint)
    SELECT $1, event.id, endpoint.id
    FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS event (id, type, position)
    JOIN sandbox.objects AS endpoint
        ON endpoint.account = $1 AND endpoint.kind = 'webhook_endpoint'
        AND endpoint.data ->> 'status' = 'enabled'
        AND endpoint.data -> 'enabled_events' ?| ARRAY['*', event.type]
    ORDER BY event.position
"""


@dataclass(frozen=True)
class Caller:
    """The request that caused a change, as events name it."""

    request_id: str | None = None
    idempotency_key: str | None = None


@dataclass
class Account:
    """The unit of work: everything that one request reads and changes."""

    connection: Connection
    id: str
    now: int
    sequence: int
    settings: Resource
    public_url: str
    caller: Caller = Caller()
    checks_events: bool = True
    rehearsal: bool = False
    """True while something is only tried (a preview): nothing is emitted or written."""
    has_events: bool = False
    _objects: dict[str, Resource] = field(default_factory=dict)
    _stored: dict[str, bytes] = field(default_factory=dict)
    _sequences: dict[str, int] = field(default_factory=dict)
    _reported: dict[str, Resource] = field(default_factory=dict)
    _events: list[Resource] = field(default_factory=list)

    def add(self, kind: str, values: Resource, *, key: str | None = None) -> Resource:
        """A new object with its id, its time and `livemode` false."""
        resource: Resource = {
            "id": key or new_id(kind),
            "object": kind,
            "created": self.now,
            "livemode": False,
            **values,
        }
        self.sequence += 1
        self._sequences[resource["id"]] = self.sequence
        self._objects[resource["id"]] = resource
        return resource

    async def find(self, key: str | None) -> Resource | None:
        """The object with this id, whatever its kind."""
        if key is None or key in self._objects:
            return self._objects.get(key or "")
        row = await self.connection.fetchrow(
            "SELECT id, sequence, data FROM sandbox.objects WHERE account = $1 AND id = $2",
            self.id,
            key,
        )
        return self._keep(row) if row else None

    async def load(self, keys: list[str]) -> None:
        """Fetches many objects at once, for `find` to have them at hand."""
        missing = [key for key in keys if key not in self._objects]
        if missing:
            rows = await self.connection.fetch(
                "SELECT id, sequence, data FROM sandbox.objects"
                " WHERE account = $1 AND id = ANY ($2)",
                self.id,
                missing,
            )
            for row in rows:
                self._keep(row)

    async def get(self, kind: str, key: str, *, param: str = "id") -> Resource:
        """The object of `kind` with this id; deleted ones are found by `find` only.

        Raises:
            StripeError: `resource_missing`, naming `param`.
        """
        found = await self.find(key)
        if found is None or found["object"] != kind or found.get("deleted"):
            raise missing_resource(_spoken(kind), key, param=param)
        return found

    async def select(self, kind: str, **wanted: Unpack[SelectionArguments]) -> list[Resource]:
        """The objects of `kind` that are wanted; the arguments are those of `Selection`."""
        await self.flush()
        statement, arguments = Selection(**wanted).to_sql(account=self.id, kind=kind)
        rows = await self.connection.fetch(statement, *arguments)
        return [self._keep(row) for row in rows]

    def sequence_of(self, resource: Resource) -> int:
        """The place of an object in the order of creation."""
        return self._sequences[resource["id"]]

    def discard(self, resource: Resource) -> None:
        """Lets a new object live inside another one instead of on its own."""
        del self._objects[resource["id"]]

    async def remove(self, resource: Resource) -> None:
        """Takes an object away without a trace; deleted customers leave one instead."""
        await self.flush()
        self._objects.pop(resource["id"])
        await self.connection.execute(
            "DELETE FROM sandbox.objects WHERE account = $1 AND id = $2", self.id, resource["id"]
        )

    def bury(self, resource: Resource) -> Resource:
        """Leaves only the stone that Stripe shows of a deleted object."""
        stone = {"id": resource["id"], "object": resource["object"], "deleted": True}
        resource.clear()
        resource.update(stone)
        return resource

    def emit(self, name: str, resource: Resource) -> None:
        """Records an event about `resource` as it is now.

        For `*.updated` the values before are those of the last event or of the start of the
        transaction; an update that changed nothing is no event.
        """
        if self.rehearsal:
            return
        previous = None
        if name.endswith(".updated"):
            previous = changed_values(self._before(resource), resource)
            if not previous:
                return
        self._reported[resource["id"]] = copy.deepcopy(resource)
        if self.checks_events:
            check_object(render(resource))
        event = describe_event(name, resource, previous=previous, caller=self.caller)
        self._events.append(self.add("event", event))
        if self.checks_events:
            check_object(render(self._events[-1]))

    @asynccontextmanager
    async def rehearse(self) -> AsyncIterator[None]:
        """Everything that happens inside is forgotten at the end; nothing is written or emitted.

        Objects have to be fetched inside: those fetched before are not the ones that change.
        """
        await self.flush()
        real, now, sequence = self._objects, self.now, self.sequence
        self._objects, self.rehearsal = copy.deepcopy(real), True
        try:
            yield
        finally:
            self._objects, self.now, self.sequence, self.rehearsal = real, now, sequence, False

    async def flush(self) -> None:
        """Writes what changed, so that queries see it."""
        if self.rehearsal:
            return
        changed = list(self._changed())
        if changed:
            await self.connection.execute(_UPSERT, self.id, *zip(*changed, strict=True))
        if self._events:
            await self.connection.execute(
                _DELIVER,
                self.id,
                [event["id"] for event in self._events],
                [event["type"] for event in self._events],
            )
            self.has_events = True
            self._events.clear()

    def forget(self) -> None:
        """Drops what was read. Only after `flush`, and while nobody holds an object."""
        self._objects.clear()
        self._stored.clear()
        self._reported.clear()

    def _keep(self, row: asyncpg.Record) -> Resource:
        key: str = row["id"]
        if key not in self._objects:
            resource = orjson.loads(row["data"])
            self._objects[key] = resource
            self._stored[key] = orjson.dumps(resource)
            self._sequences[key] = row["sequence"]
        return self._objects[key]

    def _before(self, resource: Resource) -> Resource:
        if resource["id"] in self._reported:
            return self._reported[resource["id"]]
        stored = self._stored.get(resource["id"])
        return orjson.loads(stored) if stored else {}

    def _changed(self) -> "list[tuple[Any, ...]]":
        rows = []
        for key, resource in self._objects.items():
            data = orjson.dumps(resource)
            if self._stored.get(key) == data:
                continue
            self._reported.setdefault(key, self._before(resource))
            self._stored[key] = data
            due_at, rank = moment_of(resource)
            rows.append(
                (
                    key,
                    resource["object"],
                    self._sequences[key],
                    resource.get("created", 0),
                    _customer_of(resource),
                    due_at,
                    rank,
                    data.decode(),
                )
            )
        return rows


def _customer_of(resource: Resource) -> str | None:
    customer = resource.get("customer")
    return customer if isinstance(customer, str) else None


def _spoken(kind: str) -> str:
    """Stripe's messages say "payment method" but "checkout.session"."""
    return {"payment_method": "PaymentMethod", "promotion_code": "promotion code"}.get(
        kind, kind.replace("_", " ")
    )
