"""Calls that fail on demand, before or after the work.

They belong to an account and live in the process, not in the database: they are the test's doing.
All chance comes from a seeded generator, so that a run can be repeated. Deliveries that go astray
are in `delivery_faults.py`.
"""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from random import Random
from typing import Any, Literal, TypeAlias

from sandbox.errors import invalid

Effect: TypeAlias = Literal["error", "timeout", "disconnect"]

_EFFECTS = ("error", "timeout", "disconnect")
_KEYS = {
    "route", "effect", "status", "error", "count", "probability", "after_work", "stored", "seconds",
}  # fmt: skip
_ERROR_KEYS = {"type", "code", "message", "param"}


@dataclass
class CallFault:
    """What goes wrong with calls of a route such as `POST /v1/subscriptions/*`.

    `count` calls are hit (None: all), each with `probability`. With `after_work` Stripe has done
    the work and only the answer is lost. `stored`: a repetition with the same idempotency key
    gets the same error again, as with Stripe's stored 500s. `seconds` is how long a time-out
    hangs. `error` words an error as Stripe would: its `type`, `code`, `message` and `param`.
    """

    route: str = "*"
    effect: Effect = "error"
    status: int = 500
    error: dict[str, str] = field(default_factory=dict)
    count: int | None = 1
    probability: float = 1.0
    after_work: bool = False
    stored: bool = True
    seconds: float = 90.0

    def matches(self, *, verb: str, path: str) -> bool:
        """Whether it can hit this call: `route` is a path, or a verb and a path, with `*`."""
        routes = (f"{verb} {path}", path)
        return self.count != 0 and any(fnmatchcase(route, self.route) for route in routes)


@dataclass
class AccountFaults:
    """The faults of one account, and the chance that decides."""

    calls: list[CallFault] = field(default_factory=list)
    chance: Random = field(default_factory=lambda: Random(0))  # noqa: S311 # repeatable
    hits: int = 0


class Faults:
    """The faults of every account."""

    def __init__(self) -> None:
        self._accounts: dict[str, AccountFaults] = {}

    def put(self, account: str, calls: list[dict[str, Any]], *, seed: int) -> None:
        """Replaces the faults of an account.

        Raises:
            StripeError: a key or value is none of the documented ones.
        """
        self._accounts[account] = AccountFaults(
            calls=[_read_call(call) for call in calls],
            chance=Random(seed),  # noqa: S311 # repeatable
        )

    def clear(self, account: str) -> None:
        """Nothing goes wrong any more."""
        self._accounts.pop(account, None)

    def show(self, account: str) -> dict[str, Any]:
        """The faults that are left, and how many calls were hit."""
        faults = self._accounts.get(account, AccountFaults())
        return {"calls": [vars(call) for call in faults.calls], "hits": faults.hits}

    def pick_call(self, account: str, *, verb: str, path: str) -> CallFault | None:
        """The fault that hits this call, counted down."""
        faults = self._accounts.get(account)
        if faults is None:
            return None
        for call in faults.calls:
            if call.matches(verb=verb, path=path) and faults.chance.random() < call.probability:
                call.count = None if call.count is None else call.count - 1
                faults.hits += 1
                return call
        return None


def _read_call(wanted: dict[str, Any]) -> CallFault:
    refuse_unknown(wanted, _KEYS)
    refuse_unknown(wanted.get("error", {}), _ERROR_KEYS)
    call = CallFault(**wanted)
    if call.effect not in _EFFECTS:
        raise invalid(f"Invalid effect: must be one of {', '.join(_EFFECTS)}", param="calls")
    return call


def refuse_unknown(wanted: dict[str, Any], known: set[str]) -> None:
    """A misspelt fault would make a test that proves nothing.

    Raises:
        StripeError: naming the keys that are not known.
    """
    if unknown := sorted(wanted.keys() - known):
        raise invalid(f"Unknown fault settings: {', '.join(unknown)}", param=unknown[0])
