"""`seatwise dev` as a newcomer meets it: one command, real processes, nothing left behind."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil
import pytest

from db import embedded

SEATWISE = [sys.executable, "-m", "server.cli"]
STOP_SECONDS = 60
COMMAND_SECONDS = 180
CREATE = """mutation {
  createOrganization(input: { name: "kept", displayName: "K" }) { errors { __typename } }
}"""


class Development:
    """A `seatwise dev` on ports and data of its own."""

    def __init__(self, data_dir: Path, *, port: int, sandbox_port: int) -> None:
        self.data_dir = data_dir
        self.ports = (port, sandbox_port)
        self.url = f"http://127.0.0.1:{port}"
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self.environment = kept | {
            "PORT": str(port),
            "SEATWISE_SANDBOX_PORT": str(sandbox_port),
            "SEATWISE_DATA_DIR": str(data_dir),
        }
        self.screen = ""

    def start(self) -> None:
        """Start, and return when the screen is shown."""
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            [*SEATWISE, "dev"],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout is not None
        self.screen = ""
        for line in self.process.stdout:
            self.screen += line
            if "or for a terminal" in line:
                return
        self.process.communicate()
        raise AssertionError(f"it did not start:\n{self.screen}")

    def tree(self) -> list[psutil.Process]:
        """All processes that were started, itself included; the guards and Postgres, too."""
        itself = psutil.Process(self.process.pid)
        return [itself, *itself.children(recursive=True)]

    def end(self, wanted: signal.Signals) -> int:
        """Send a signal, wait, and see that nothing remains."""
        tree = self.tree()
        self.process.send_signal(wanted)
        self.process.communicate()
        _, alive = psutil.wait_procs(tree, timeout=STOP_SECONDS)
        assert alive == []
        assert not embedded.is_running(self.data_dir)
        for port in self.ports:
            with socket.socket() as probe:
                assert probe.connect_ex(("127.0.0.1", port)) != 0
        return self.process.returncode

    def run(self, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        """Another `seatwise` command in the same surroundings."""
        return subprocess.run(  # noqa: S603 - our own program
            [*SEATWISE, *arguments],
            env=self.environment | variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=COMMAND_SECONDS,
        )

    def ask(self, query: str, *, email: str) -> dict[str, object]:
        """A GraphQL query of somebody."""
        token = self.run("token", "--email", email).stdout.strip()
        answer = httpx.post(
            f"{self.url}/graphql",
            json={"query": query},
            headers={"Authorization": f"Bearer {token}"},
        )
        body: dict[str, object] = answer.json()
        assert "errors" not in body, body
        data = body["data"]
        assert isinstance(data, dict)
        return data


def is_server(process: psutil.Process) -> bool:
    """Some processes of the tree are short-lived: one that has just ended has no command line."""
    with suppress(psutil.Error):
        return process.cmdline()[-1:] == ["serve"]
    return False


@contextmanager
def developing(data_dir: Path, find_port: Callable[[], int]) -> Iterator[Development]:
    development = Development(data_dir, port=find_port(), sandbox_port=find_port())
    development.start()
    try:
        yield development
    finally:
        if development.process.poll() is None:
            development.end(signal.SIGTERM)


@pytest.fixture(scope="module")
def development(unused_port: Callable[[], int]) -> Iterator[Development]:
    with (
        tempfile.TemporaryDirectory(prefix="seatwise-tests-") as directory,
        developing(Path(directory), unused_port) as running,
    ):
        yield running


def test_the_screen_says_where_everything_is(development: Development) -> None:
    addresses = re.findall(r"http://[\w.:/]+", development.screen)
    assert f"{development.url}/graphql" in addresses
    assert f"{development.url}/dev/mail" in addresses
    assert f"http://127.0.0.1:{development.ports[1]}" in addresses
    assert "owner@acme.test" in development.screen


def test_the_demo_data_is_there(development: Development) -> None:
    query = '{ organizationByName(name: "globex") { plan { code } seatUsage { occupied } } }'
    globex = {"plan": {"code": "PRO"}, "seatUsage": {"occupied": 3}}
    for email in ("owner@globex.test", "collaborator@globex.test"):
        assert development.ask(query, email=email) == {"organizationByName": globex}
    assert development.ask(query, email="owner@acme.test") == {"organizationByName": None}


def test_everything_is_well_in_the_doctors_eyes(development: Development) -> None:
    done = development.run("doctor")
    for subject in ("database: Postgres 18", "sandbox: ", "issuer: ", "PORT: ", "PORT: "):
        assert re.search(rf"^ok +{subject}", done.stdout, re.MULTILINE), done.stdout


def test_a_port_in_use_is_one_line(development: Development, data_dir: Path) -> None:
    done = development.run("dev", SEATWISE_DATA_DIR=str(data_dir), SEATWISE_SANDBOX_PORT="1")
    assert done.returncode == 1
    port = development.ports[0]
    assert f"port {port} is in use; choose another one with PORT=..." in done.stderr
    assert not (data_dir / "postgres").exists()


def test_data_in_use_is_one_line(development: Development, unused_port: Callable[[], int]) -> None:
    other = {"PORT": str(unused_port()), "SEATWISE_SANDBOX_PORT": str(unused_port())}
    done = development.run("dev", **other)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: another Seatwise is running on this data directory")
    assert len(done.stderr.splitlines()) == 1


def test_the_clock_moves_for_all(development: Development) -> None:
    before = development.run("clock", "show").stdout.split()
    done = development.run("clock", "advance", "1d")
    assert done.returncode == 0, done.stderr
    after = done.stdout.split()
    assert after[1] > before[1]
    assert after[1] == after[after.index("sandbox") + 1]


def test_another_one_runs_beside_it_stops_starts_again_and_is_killed(
    development: Development, data_dir: Path, unused_port: Callable[[], int]
) -> None:
    """One story, because each start takes seconds."""
    with developing(data_dir, unused_port) as other:
        for one in (development, other):
            assert httpx.get(f"{one.url}/readyz").status_code == 200
        made = other.ask(CREATE, email="owner@acme.test")
        assert made == {"createOrganization": {"errors": None}}
        assert other.end(signal.SIGINT) == 0
        other.start()
        kept = other.ask(
            '{ organizationByName(name: "kept") { displayName } }', email="owner@acme.test"
        )
        assert kept == {"organizationByName": {"displayName": "K"}}
        assert other.end(signal.SIGKILL) == -signal.SIGKILL
        assert httpx.get(f"{development.url}/readyz").status_code == 200


def test_a_child_that_dies_ends_it_all(data_dir: Path, unused_port: Callable[[], int]) -> None:
    with developing(data_dir, unused_port) as development:
        tree = development.tree()
        [server] = [process for process in tree if is_server(process)]
        server.kill()
        output, _ = development.process.communicate()
        assert development.process.returncode == 1
        assert "Error: the server ended by itself (signal SIGKILL)" in output
        _, alive = psutil.wait_procs(tree, timeout=STOP_SECONDS)
        assert alive == []
