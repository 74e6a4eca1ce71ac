"""How a moment is written for clients."""

from datetime import UTC, datetime


def moment_text(value: datetime) -> str:
    """As `2026-01-31T12:00:00.000Z`."""
    if value.tzinfo is UTC:  # as all that Postgres gives; twice as fast as isoformat
        return "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ" % (  # noqa: UP031 - an f-string takes twice as long
            value.year,
            value.month,
            value.day,
            value.hour,
            value.minute,
            value.second,
            value.microsecond // 1000,
        )
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
