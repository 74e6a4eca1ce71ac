"""How long to wait before something that failed is tried again."""

import random
from datetime import timedelta


def pause_after(attempts: int, *, first: timedelta, longest: timedelta) -> timedelta:
    """Twice as long with each failed attempt, up to `longest`; between half of it and all of it.

    The jitter keeps those that failed together from coming back together.
    """
    doublings = min(max(attempts, 1) - 1, 32)
    return min(first * (1 << doublings), longest) * random.uniform(0.5, 1)  # noqa: S311 # no secret
