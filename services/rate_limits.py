"""How often somebody may do what costs others: send mails, call Stripe, take names.

Counted per viewer and per address, before anything else is done: a refusal costs one short
transaction. Real time, like everything that protects the process.
"""

import time
from collections.abc import Iterator, Mapping
from ipaddress import ip_address, ip_network
from math import ceil
from uuid import UUID

from limits import RateLimitItem
from limits.aio.strategies import FixedWindowRateLimiter

from db.database import Database
from db.rate_counts import RateCountStorage
from services.limited_actions import LimitedAction, RateLimit
from services.refusals import RateLimited

_IPV6_NETWORK = 64
"""Bits of an IPv6 address that say whose it is: the others are their holder's to choose."""


class RateLimits:
    """Counts, and refuses. An action without a limit is not counted."""

    def __init__(self, database: Database, limits: Mapping[LimitedAction, RateLimit]) -> None:
        self._database = database
        self._limits = limits

    async def require(self, action: LimitedAction, *, viewer_id: UUID, address: str | None) -> None:
        """Count one more call. Raises `RateLimited` when it is one too many."""
        limit = self._limits.get(action)
        if limit is None:
            return
        async with self._database.begin() as transaction:
            limiter = FixedWindowRateLimiter(RateCountStorage(transaction))
            refusal = None
            for item, *whose in _counted(limit, action, viewer_id, address):
                if not await limiter.hit(item, *whose):
                    ends_at = (await limiter.get_window_stats(item, *whose)).reset_time
                    refusal = RateLimited(str(item), max(1, ceil(ends_at - time.time())))
                    break
        if refusal is not None:
            raise refusal


def _counted(
    limit: RateLimit, action: LimitedAction, viewer_id: UUID, address: str | None
) -> Iterator[tuple[RateLimitItem, str, str, str]]:
    """What is counted for one call, always in this order."""
    for item in limit.per_viewer:
        yield item, action, "viewer", str(viewer_id)
    if address is not None:
        for item in limit.per_address:
            yield item, action, "address", holder_of(address)


def holder_of(address: str) -> str:
    """The network that one holder has: an IPv4 address, or 64 bits of an IPv6 one.

    What is no address, as a proxy's `unknown`, is one holder, too.
    """
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    mapped = getattr(ip, "ipv4_mapped", None)
    if mapped is not None or ip.version == 4:  # noqa: PLR2004 # the protocol's own number
        return str(mapped or ip)
    return str(ip_network((ip, _IPV6_NETWORK), strict=False))
