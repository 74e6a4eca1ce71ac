"""What a server process does not load: memory that each process would pay for nothing."""

import subprocess
import sys

import pytest

LEFT_OUT = {
    "alembic": "migrations are made by `seatwise migrate`; a server reads names of files",
    "charset_normalizer": "comes with requests",
    "opentelemetry": "only when the environment wants traces",
    "pgqueuer": "the worker's; a server adds jobs by a statement (`db.jobs`)",
    "psutil": "a tool of the tests",
    "pygments": "comes with rich",
    "requests": "of the SDK's synchronous client (`services/stripe_gateway/sdk.py`)",
    "rich": "of command lines and coloured tracebacks",
    "sandbox": "reached by URL",
    "stripe.params": "types, for the type checker",
    "urllib3": "comes with requests",
}
LOAD = "import sys, server.cli.serving, server.app; print(*sys.modules)"


@pytest.fixture(scope="module")
def loaded() -> frozenset[str]:
    """The modules of a process that has imported the server."""
    command = [sys.executable, "-c", LOAD]
    found = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    return frozenset(found.stdout.split())


@pytest.mark.parametrize("module", LEFT_OUT)
def test_a_server_does_not_load(loaded: frozenset[str], module: str) -> None:
    assert module not in loaded, LEFT_OUT[module]


def test_what_was_left_out_can_be_imported_later() -> None:
    """The exporter of traces wants requests."""
    command = [sys.executable, "-c", "import server.app, requests, rich.console, httpx._main"]
    subprocess.run(command, check=True)  # noqa: S603
