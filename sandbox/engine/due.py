"""What happens by itself when time passes: who waits for when, and what is done then.

Each resource that time touches registers a moment (a pure function of the stored object) and what
happens at it. The moment is stored beside the object, so that one indexed query finds what is due.
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from sandbox.engine.account import Account

Moment: TypeAlias = Callable[[dict[str, Any]], int | None]
Happening: TypeAlias = "Callable[[Account, dict[str, Any]], Awaitable[None]]"

_MOMENTS: dict[str, Moment] = {}
_HAPPENINGS: dict[str, Happening] = {}

# At the same second a phase begins before the renewal that bills it, and money follows renewals.
_RANKS = {"subscription_schedule": 0, "subscription": 1, "invoice": 2}
_LAST_RANK = 9


def when(kind: str, moment: Moment) -> Callable[[Happening], Happening]:
    """Registers what happens to objects of `kind` at the moment that `moment` names."""

    def register(happening: Happening) -> Happening:
        _MOMENTS[kind] = moment
        _HAPPENINGS[kind] = happening
        return happening

    return register


def moment_of(resource: dict[str, Any]) -> tuple[int | None, int | None]:
    """When something happens to the object by itself, and its rank within that second."""
    moment = _MOMENTS.get(resource["object"])
    due_at = moment(resource) if moment and not resource.get("deleted") else None
    return (due_at, _RANKS.get(resource["object"], _LAST_RANK)) if due_at else (None, None)


async def run_due(account: "Account", *, until: int) -> None:
    """Lets everything up to `until` happen, in order of time; the account's time moves along.

    Each happening must move its object's moment, or it would be due for ever.
    """
    while due := await _next_due(account, until=until):
        kind, key, due_at = due
        account.now = due_at
        resource = await account.get(kind, key)
        await _HAPPENINGS[kind](account, resource)
        if moment_of(resource)[0] == due_at:
            raise AssertionError(f"{key}: what was due at {due_at} did not move")
        await account.flush()
        account.forget()
    account.now = until


async def _next_due(account: "Account", *, until: int) -> tuple[str, str, int] | None:
    await account.flush()
    row = await account.connection.fetchrow(
        "SELECT kind, id, due_at FROM sandbox.objects WHERE account = $1 AND due_at <= $2"
        " ORDER BY due_at, due_rank, sequence LIMIT 1",
        account.id,
        until,
    )
    return tuple(row) if row else None
