"""Keys: UUIDv7 (RFC 9562), made in Python, so that rows made together lie together in the index."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A new key. Later keys sort after earlier ones (to the millisecond, then by a counter)."""
    return uuid7()
