"""The revisions that this code knows, by the names of their files.

A server looks only whether its database is behind: for that Alembic need not be loaded.
"""

from pathlib import Path

MIGRATIONS = Path(__file__).parent / "migrations"


def older_revisions() -> frozenset[str]:
    """Every revision that this code knows and has left behind. They are numbered (a test compares
    with Alembic), so the last one is the head.
    """
    files = (MIGRATIONS / "versions").glob("[0-9]*_*.py")
    return frozenset(sorted(file.name.split("_")[0] for file in files)[:-1])
