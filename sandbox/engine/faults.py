"""Faults on demand: calls that fail before or after the work, deliveries that go astray.

Faults belong to an account and live in the process, not in the database: they are the test's
doing. All chance comes from a seeded generator, so that a run can be repeated.
"""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from random import Random
from typing import Any, Literal, TypeAlias

from sandbox.errors import invalid

Effect: TypeAlias = Literal["error", "timeout", "disconnect"]

_EFFECTS = ("error", "timeout", "disconnect")
_CALL_KEYS = {
    "route", "effect", "status", "count", "probability", "after_work", "stored", "seconds",
}  # fmt: skip
_DELIVERY_KEYS = {"delay_seconds", "drop", "duplicate", "copies", "shuffle"}


@dataclass
class CallFault:
    """What goes wrong with calls of a route such as `POST /v1/subscriptions/*`.

    `count` calls are hit (None: all), each with `probability`. With `after_work` Stripe has done
    the work and only the answer is lost. `stored`: a repetition with the same idempotency key
    gets the same error again, as with Stripe's stored 500s. `seconds` is how long a time-out
    hangs.
    """

    route: str = "*"
    effect: Effect = "error"
    status: int = 500
    count: int | None = 1
    probability: float = 1.0
    after_work: bool = False
    stored: bool = True
    seconds: float = 90.0


@dataclass
class DeliveryFaults:
    """What goes wrong with deliveries; `drop` and `duplicate` are probabilities."""

    delay_seconds: tuple[float, float] = (0.0, 0.0)
    drop: float = 0.0
    duplicate: float = 0.0
    copies: int = 1
    shuffle: bool = False


@dataclass(frozen=True)
class DeliveryPlan:
    """What happens to one delivery."""

    delay_seconds: float = 0.0
    is_dropped: bool = False
    duplicates: int = 0


@dataclass
class AccountFaults:
    """The faults of one account, and the chance that decides."""

    calls: list[CallFault] = field(default_factory=list)
    deliveries: DeliveryFaults = field(default_factory=DeliveryFaults)
    chance: Random = field(default_factory=lambda: Random(0))  # noqa: S311 # repeatable
    hits: int = 0


class Faults:
    """The faults of every account."""

    def __init__(self) -> None:
        self._accounts: dict[str, AccountFaults] = {}

    def put(self, account: str, wanted: dict[str, Any]) -> None:
        """Replaces the faults of an account by `{"seed", "calls", "deliveries"}`.

        Raises:
            StripeError: a key or value is none of the documented ones.
        """
        _refuse_unknown(wanted, {"seed", "calls", "deliveries"})
        deliveries = wanted.get("deliveries", {})
        _refuse_unknown(deliveries, _DELIVERY_KEYS)
        self._accounts[account] = AccountFaults(
            calls=[_read_call(call) for call in wanted.get("calls", [])],
            deliveries=DeliveryFaults(**deliveries),
            chance=Random(wanted.get("seed", 0)),  # noqa: S311 # repeatable
        )

    def clear(self, account: str) -> None:
        """Nothing goes wrong any more."""
        self._accounts.pop(account, None)

    def show(self, account: str) -> dict[str, Any]:
        """The faults that are left, and how many calls were hit."""
        faults = self._accounts.get(account, AccountFaults())
        return {
            "calls": [vars(call) for call in faults.calls],
            "deliveries": vars(faults.deliveries),
            "hits": faults.hits,
        }

    def pick_call(self, account: str, *, verb: str, path: str) -> CallFault | None:
        """The fault that hits this call, counted down."""
        faults = self._accounts.get(account)
        if faults is None:
            return None
        for call in faults.calls:
            if call.count == 0 or not _matches(call, verb=verb, path=path):
                continue
            if faults.chance.random() < call.probability:
                call.count = None if call.count is None else call.count - 1
                faults.hits += 1
                return call
        return None

    def plan_delivery(self, account: str) -> DeliveryPlan:
        """What happens to the next delivery of an account."""
        faults = self._accounts.get(account)
        if faults is None:
            return DeliveryPlan()
        wanted, chance = faults.deliveries, faults.chance
        low, high = wanted.delay_seconds
        return DeliveryPlan(
            delay_seconds=chance.uniform(low, high),
            is_dropped=chance.random() < wanted.drop,
            duplicates=wanted.copies if chance.random() < wanted.duplicate else 0,
        )

    def shuffle(self, rows: list[Any]) -> list[Any]:
        """The order in which a batch is sent; only accounts that ask for it are shuffled."""
        ordered = list(rows)
        for account, faults in self._accounts.items():
            if faults.deliveries.shuffle:
                places = [i for i, row in enumerate(ordered) if row["account"] == account]
                mixed = faults.chance.sample(places, len(places))
                moved = [ordered[i] for i in mixed]
                for place, row in zip(places, moved, strict=True):
                    ordered[place] = row
        return ordered


def _read_call(wanted: dict[str, Any]) -> CallFault:
    _refuse_unknown(wanted, _CALL_KEYS)
    call = CallFault(**wanted)
    if call.effect not in _EFFECTS:
        raise invalid(f"Invalid effect: must be one of {', '.join(_EFFECTS)}", param="calls")
    return call


def _refuse_unknown(wanted: dict[str, Any], known: set[str]) -> None:
    if unknown := sorted(wanted.keys() - known):
        raise invalid(f"Unknown fault settings: {', '.join(unknown)}", param=unknown[0])


def _matches(call: CallFault, *, verb: str, path: str) -> bool:
    return fnmatchcase(f"{verb} {path}", call.route) or fnmatchcase(path, call.route)
