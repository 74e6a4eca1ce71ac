"""What goes wrong at Stripe: one call in five, and every event three times, late and shuffled."""

from typing import Any

SHARE_OF_CALLS = 0.2
COPIES_OF_EVENTS = 3
_LATEST_SECONDS = 1.5
_HANGS_SECONDS = 5.0
"""Longer than the product waits for an answer, so that it is lost."""

_BEFORE_THE_WORK: list[dict[str, Any]] = [
    {"effect": "error", "status": 500, "stored": True},
    {"effect": "error", "status": 503, "stored": False},
    {"effect": "error", "status": 429, "stored": False},
    {"effect": "disconnect"},
    {"effect": "timeout", "seconds": _HANGS_SECONDS},
]
_AFTER_THE_WORK: list[dict[str, Any]] = [
    {"effect": "error", "status": 500, "stored": True},
    {"effect": "error", "status": 500, "stored": True},
    {"effect": "error", "status": 502, "stored": False},
    {"effect": "disconnect"},
    {"effect": "timeout", "seconds": _HANGS_SECONDS},
]


def faults(seed: int) -> dict[str, Any]:
    """The body of `/_control/faults`; see sandbox/README.md."""
    kinds = [one | {"after_work": False} for one in _BEFORE_THE_WORK]
    kinds += [one | {"after_work": True} for one in _AFTER_THE_WORK]
    return {
        "seed": seed,
        "calls": [
            one | {"route": "*", "count": None, "probability": probability}
            for one, probability in zip(kinds, _shares(len(kinds)), strict=True)
        ],
        "deliveries": {
            "delay_seconds": [0, _LATEST_SECONDS],
            "duplicate": 1.0,
            "copies": COPIES_OF_EVENTS - 1,
            "shuffle": True,
        },
    }


def _shares(number: int) -> list[float]:
    """Probabilities of faults that are tried one after the other, so that all are as frequent."""
    each = SHARE_OF_CALLS / number
    return [each / (1 - place * each) for place in range(number)]
