"""How far a pool of connections is used."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PoolUse:
    """How many connections of a pool are used, idle, or could be made yet."""

    pool: str
    used: int
    idle: int
    spare: int
