"""What is raised when the database cannot be used now: made again later, the call works."""

import asyncpg


class DatabaseBusyError(Exception):
    """All connections of this process are in use: too much is asked at once."""


CONNECTION_LOST = (
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InternalClientError,
    OSError,
)
"""A connection that is gone, or is not to be had. `InternalClientError` is asyncpg's word for one
on which the server has said goodbye and not yet hung up: an instant, but a restart of Postgres
meets it now and then. The server itself says that it shuts down, starts up or is full.
"""

DATABASE_UNAVAILABLE = (*CONNECTION_LOST, DatabaseBusyError)
"""No fault of the call: made again later it will be answered."""
