"""The sandbox's own Postgres schema, made and brought up to date at start."""

import asyncpg

DATABASE_AWAY = (
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
"""What comes of a connection that was cut. The last is asyncpg's word for one that was cut while it
was given back to its pool.
"""

_LOCK = 0x5EA7_B0C5  # any number, the same in every process that migrates

_MIGRATIONS = (
    """
    CREATE TABLE sandbox.accounts (
        id text PRIMARY KEY,
        clock_offset bigint NOT NULL DEFAULT 0,
        frozen_at bigint,
        sequence bigint NOT NULL DEFAULT 0,
        settings jsonb NOT NULL DEFAULT '{}'
    );
    CREATE TABLE sandbox.objects (
        account text NOT NULL REFERENCES sandbox.accounts ON DELETE CASCADE,
        id text NOT NULL,
        kind text NOT NULL,
        sequence bigint NOT NULL,
        created bigint NOT NULL,
        customer text,
        due_at bigint,
        due_rank smallint,
        data jsonb NOT NULL,
        PRIMARY KEY (account, id)
    );
    CREATE INDEX objects_by_kind ON sandbox.objects (account, kind, sequence DESC);
    CREATE INDEX objects_by_customer ON sandbox.objects (account, customer, kind, sequence DESC)
        WHERE customer IS NOT NULL;
    CREATE INDEX objects_due ON sandbox.objects (account, due_at, due_rank, sequence)
        WHERE due_at IS NOT NULL;
    CREATE INDEX objects_with_page ON sandbox.objects (id)
        WHERE kind IN ('checkout.session', 'billing_portal.session', 'invoice', 'payment_intent');
    CREATE TABLE sandbox.idempotency (
        account text NOT NULL REFERENCES sandbox.accounts ON DELETE CASCADE,
        key text NOT NULL,
        fingerprint text NOT NULL,
        request_id text NOT NULL,
        status smallint NOT NULL,
        body text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (account, key)
    );
    CREATE TABLE sandbox.deliveries (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        account text NOT NULL REFERENCES sandbox.accounts ON DELETE CASCADE,
        event text NOT NULL,
        endpoint text NOT NULL,
        state text NOT NULL DEFAULT 'pending'
            CHECK (state IN ('pending', 'delivered', 'failed', 'dropped')),
        attempts integer NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT now(),
        next_at timestamptz NOT NULL DEFAULT now(),
        last_status integer,
        last_error text
    );
    CREATE INDEX deliveries_pending ON sandbox.deliveries (next_at) WHERE state = 'pending';
    CREATE INDEX deliveries_by_account ON sandbox.deliveries (account, state);
    """,
    "ALTER TABLE sandbox.accounts ADD COLUMN delivery_faults jsonb",
)


async def open_pool(database_url: str, *, size: int) -> asyncpg.Pool:
    """A pool of connections, after the schema is up to date."""
    pool = await asyncpg.create_pool(_plain(database_url), min_size=1, max_size=size)
    async with pool.acquire() as connection:
        await migrate(connection)
        await connection.execute(
            "DELETE FROM sandbox.idempotency WHERE created_at < now() - interval '24 hours'"
        )
    return pool


async def check_database(database_url: str) -> None:
    """Raises what asyncpg raises when nobody can connect."""
    connection = await asyncpg.connect(_plain(database_url))
    await connection.close()


def _plain(database_url: str) -> str:
    """SQLAlchemy names the driver in the URL, asyncpg does not know its own name."""
    return database_url.replace("postgresql+asyncpg://", "postgresql://", 1)


async def migrate(connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]") -> None:
    """Applies what is missing; processes that start together wait for each other."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        await connection.execute("CREATE SCHEMA IF NOT EXISTS sandbox")
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS sandbox.migrations (version integer PRIMARY KEY)"
        )
        done = await connection.fetchval("SELECT count(*) FROM sandbox.migrations")
        for version, statement in enumerate(_MIGRATIONS[done:], start=done + 1):
            await connection.execute(statement)
            await connection.execute("INSERT INTO sandbox.migrations VALUES ($1)", version)
