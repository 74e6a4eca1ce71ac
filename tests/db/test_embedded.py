"""The embedded Postgres: what a user's machine does to it, and what must come of it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from db.embedded import (
    FAST_AND_FORGETFUL,
    EmbeddedPostgres,
    EmbeddedPostgresError,
    is_running,
    url_of,
)


@pytest.fixture(autouse=True)
def nothing_left_running(data_dir: Path) -> Iterator[None]:
    yield
    assert not is_running(data_dir)


def start(data_dir: Path) -> EmbeddedPostgres:
    return EmbeddedPostgres(data_dir, settings=FAST_AND_FORGETFUL)


async def execute(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def test_keeps_its_data_over_a_restart(data_dir: Path) -> None:
    with start(data_dir) as server:
        await execute(server.url(), "CREATE TABLE kept AS SELECT 42 AS answer")
    with start(data_dir) as server:
        assert await execute(server.url(), "SELECT answer FROM kept") == 42


async def test_is_postgres_18_in_utf8_and_utc(data_dir: Path) -> None:
    with start(data_dir) as server:
        assert int(str(await execute(server.url(), "SHOW server_version_num"))) // 10000 == 18
        assert await execute(server.url(), "SHOW server_encoding") == "UTF8"
        assert await execute(server.url(), "SHOW timezone") == "UTC"


async def test_listens_on_no_network_address(data_dir: Path) -> None:
    with start(data_dir) as server:
        assert await execute(server.url(), "SHOW listen_addresses") == ""


@pytest.mark.parametrize("name", ["a path, with 'quotes' & more", "x" * 120])
async def test_runs_where_a_socket_cannot_stand(data_dir: Path, name: str) -> None:
    with start(data_dir / name) as server:
        assert await execute(server.url(), "SELECT 1") == 1


def test_refuses_a_directory_that_is_in_use(data_dir: Path) -> None:
    with (
        start(data_dir),
        pytest.raises(EmbeddedPostgresError, match=r"^another Seatwise is running on .*data$"),
    ):
        start(data_dir).start()


def test_says_why_it_cannot_start(data_dir: Path) -> None:
    broken = EmbeddedPostgres(data_dir, settings={"shared_buffers": "much"})
    with pytest.raises(EmbeddedPostgresError, match="shared_buffers"):
        broken.start()
    with start(data_dir):
        assert is_running(data_dir)


def test_says_that_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedPostgresError, match="file"):
        start(tmp_path / "file" / "data").start()


OWNER = """
import sys, time
from pathlib import Path
from db.embedded import EmbeddedPostgres
EmbeddedPostgres(Path(sys.argv[1])).start()
print("ready", flush=True)
time.sleep(600)
"""


def own(data_dir: Path) -> "subprocess.Popen[str]":
    """Another process that owns a running server."""
    owner = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", OWNER, data_dir], stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    assert owner.stdout.readline() == "ready\n"
    return owner


def kill(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.communicate()


def wait_until_stopped(data_dir: Path) -> None:
    deadline = time.monotonic() + 30
    while is_running(data_dir):
        assert time.monotonic() < deadline, "the server outlives its owner"
        time.sleep(0.01)


def test_does_not_outlive_a_killed_owner(data_dir: Path) -> None:
    kill(own(data_dir))
    wait_until_stopped(data_dir)


async def test_starts_while_the_server_of_a_killed_owner_goes_down(data_dir: Path) -> None:
    owner = own(data_dir)
    await execute(url_of(data_dir), "CREATE TABLE kept AS SELECT 42 AS answer")
    kill(owner)
    with start(data_dir) as server:
        assert await execute(server.url(), "SELECT answer FROM kept") == 42


async def test_recovers_when_server_and_owner_were_killed(data_dir: Path) -> None:
    owner = own(data_dir)
    await execute(url_of(data_dir), "CREATE TABLE kept AS SELECT 42 AS answer")
    record = data_dir / "postgres" / "postmaster.pid"
    owner.send_signal(signal.SIGSTOP)
    os.kill(int(record.read_text().partition("\n")[0]), signal.SIGKILL)
    kill(owner)
    assert record.exists()
    with start(data_dir) as server:
        assert await execute(server.url(), "SELECT answer FROM kept") == 42


def test_a_recorded_process_that_is_not_postgres_is_left_alone(data_dir: Path) -> None:
    with start(data_dir):
        stale = (data_dir / "postgres" / "postmaster.pid").read_text().splitlines()
    bystander = subprocess.Popen(["/bin/sleep", "600"])
    try:
        stale[0] = str(bystander.pid)
        (data_dir / "postgres" / "postmaster.pid").write_text("\n".join(stale))
        with start(data_dir):
            assert is_running(data_dir)
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


async def test_a_half_made_cluster_is_made_again(data_dir: Path) -> None:
    (data_dir / "postgres.unfinished" / "base").mkdir(parents=True)
    with start(data_dir) as server:
        assert await execute(server.url(), "SELECT 1") == 1
