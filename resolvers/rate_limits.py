"""Whether this caller may do something once more."""

from resolvers.context import Context
from services.limited_actions import LimitedAction


async def require(context: Context, action: LimitedAction) -> None:
    """Count the call. Raises `RateLimited`. Who is not signed in is refused by what comes next."""
    if context.viewer is not None:
        await context.services.rate_limits.require(
            action, viewer_id=context.viewer.id, address=context.address
        )
