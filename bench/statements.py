"""How many statements a request costs: counted in the server's own log, whatever the driver."""

import asyncio
import re
from pathlib import Path

import asyncpg

_STATEMENT = re.compile(r"LOG:  (?:statement|execute [^:]*): ")


class StatementLog:
    """The log of a Postgres of ours, which writes statements down while it is asked to."""

    def __init__(self, url: str, data_dir: Path) -> None:
        self._url = url
        self._log = data_dir / "postgres" / "log"

    async def switch(self, *, on: bool) -> None:
        """Begin or end to write."""
        connection = await asyncpg.connect(self._url)
        try:
            await connection.execute(
                f"ALTER SYSTEM SET log_statement = '{'all' if on else 'none'}'"
            )
            await connection.execute("SELECT pg_reload_conf()")
        finally:
            await connection.close()
        await asyncio.sleep(0.3)  # each backend reads its settings before its next statement

    def size(self) -> int:
        """Where the log ends now."""
        return self._log.stat().st_size

    def count_since(self, offset: int) -> int:
        """How many statements were written since; `BEGIN` and `COMMIT` count."""
        with self._log.open("rb") as log:
            log.seek(offset)
            return len(_STATEMENT.findall(log.read().decode(errors="replace")))
