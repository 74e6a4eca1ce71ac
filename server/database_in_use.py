"""The database of a command: the configured one, or the embedded one of the data directory."""

from collections.abc import Iterator
from contextlib import contextmanager

from db import embedded
from server.settings import Settings


@contextmanager
def database_in_use(settings: Settings) -> Iterator[str]:
    """Its direct URL. An embedded Postgres that does not run is started for the while.

    Raises `EmbeddedPostgresError` when it cannot be, `SettingsError` in production without
    `DATABASE_URL`.
    """
    if url := configured_database(settings):
        yield url
    elif embedded.is_running(settings.data_dir):
        yield embedded.url_of(settings.data_dir)
    else:
        with embedded.EmbeddedPostgres(settings.data_dir) as server:
            yield server.url()


def configured_database(settings: Settings) -> str | None:
    """The address that the environment gives, past PgBouncer if it says how."""
    url = settings.database_direct_url or settings.database_url
    return url.get_secret_value() if url else None
