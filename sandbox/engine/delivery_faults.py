"""Deliveries that go astray on demand: late, lost, doubled, out of order.

They are kept with the account in the database, because any process on it may send its deliveries.
What happens to a delivery follows from the seed, the event's place and the attempt alone, so that a
run can be repeated whoever sends.
"""

from dataclasses import asdict, dataclass
from random import Random
from typing import Any

import orjson

from sandbox.engine.account import Account
from sandbox.engine.faults import refuse_unknown

_KEYS = {"delay_seconds", "drop", "duplicate", "copies", "shuffle"}


@dataclass(frozen=True)
class DeliveryPlan:
    """What happens to one delivery. `place` is its rank among those that are sent together."""

    place: float
    delay_seconds: float = 0.0
    is_dropped: bool = False
    duplicates: int = 0


@dataclass(frozen=True)
class DeliveryFaults:
    """What goes wrong; `drop` and `duplicate` are probabilities, `copies` is how many more."""

    seed: int = 0
    delay_seconds: tuple[float, float] = (0.0, 0.0)
    drop: float = 0.0
    duplicate: float = 0.0
    copies: int = 1
    shuffle: bool = False

    @classmethod
    def read(cls, wanted: dict[str, Any], *, seed: int) -> "DeliveryFaults":
        """From the body of `/_control/faults`.

        Raises:
            StripeError: a key is none of the documented ones.
        """
        refuse_unknown(wanted, _KEYS)
        return cls(seed=seed, **wanted)

    def to_json(self) -> dict[str, Any]:
        """As it is kept and shown."""
        return asdict(self)

    def plan(self, *, event: int, attempt: int) -> DeliveryPlan:
        """What happens to an attempt to deliver the event with this place in the account."""
        chance = Random(f"{self.seed}:{event}:{attempt}")  # noqa: S311 # repeatable
        return DeliveryPlan(
            place=chance.random() if self.shuffle else float(event),
            delay_seconds=chance.uniform(*self.delay_seconds),
            is_dropped=chance.random() < self.drop,
            duplicates=self.copies if chance.random() < self.duplicate else 0,
        )


async def get_delivery_faults(account: Account) -> DeliveryFaults:
    """Those of the account; the default ones do no harm."""
    kept = await account.connection.fetchval(
        "SELECT delivery_faults FROM sandbox.accounts WHERE id = $1", account.id
    )
    return DeliveryFaults(**orjson.loads(kept)) if kept else DeliveryFaults()


async def put_delivery_faults(account: Account, faults: DeliveryFaults) -> None:
    """Keeps them with the account."""
    await account.connection.execute(
        "UPDATE sandbox.accounts SET delivery_faults = $2 WHERE id = $1",
        account.id,
        orjson.dumps(faults.to_json()).decode(),
    )
