"""All figures as Prometheus reads them: this process's, or of all processes that share a directory.

A process that is gone leaves its files there. Its counters go on counting; what it said is open
now is not open any more.
"""

import os
from pathlib import Path

from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

SHARED_DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"


def exposition(*more: CollectorRegistry) -> bytes:
    """Prometheus' text format; `more` are registries of figures that are no process's own."""
    texts = [generate_latest(registry) for registry in more]
    if SHARED_DIRECTORY not in os.environ:
        return b"".join([generate_latest(REGISTRY), *texts])
    _forget_the_dead(Path(os.environ[SHARED_DIRECTORY]))
    shared = CollectorRegistry()
    MultiProcessCollector(shared)  # type: ignore[no-untyped-call] # the library has no types here
    return b"".join([generate_latest(shared), *texts])


def empty_shared_directory(directory: Path) -> None:
    """Before the first process: what an earlier run left there is not of this one."""
    directory.mkdir(parents=True, exist_ok=True)
    for left in directory.glob("*.db"):
        left.unlink()


def _forget_the_dead(directory: Path) -> None:
    """A process that was killed could not say so itself."""
    for left in directory.glob("gauge_live*_*.db"):
        number = left.stem.rpartition("_")[2]
        if number.isdecimal() and not _is_running(int(number)):
            mark_process_dead(int(number))  # type: ignore[no-untyped-call] # the library has no types here


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
