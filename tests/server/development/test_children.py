"""What `seatwise dev` starts: watched, ended in order, and never left behind."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from server.development.children import ChildDiedError, Children

ENVIRONMENT = {"PATH": os.environ["PATH"]}
READY_THEN_WAIT = "import time; print('ready', flush=True); time.sleep(600)"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {READY_THEN_WAIT}"


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def until_dead(pid: int) -> None:
    async with asyncio.timeout(30):
        while is_alive(pid):  # noqa: ASYNC110 - another process; nobody sets an event
            await asyncio.sleep(0.01)


async def test_a_child_that_ends_by_itself_is_named() -> None:
    async with Children() as children:
        await children.start("patient", python(READY_THEN_WAIT), environment=ENVIRONMENT)
        await children.start("hasty", python("raise SystemExit(3)"), environment=ENVIRONMENT)
        with pytest.raises(ChildDiedError, match=r"^the hasty ended by itself \(exit code 3\)$"):
            await children.watch()


async def test_lines_bear_the_name_of_their_child(capfd: pytest.CaptureFixture[str]) -> None:
    async with Children() as children:
        await children.start("server", python("print('one\\ntwo')"), environment=ENVIRONMENT)
        with pytest.raises(ChildDiedError):
            await children.watch()
    lines = capfd.readouterr().out.splitlines()
    assert lines == ["server  | one", "server  | two"]


async def test_children_end_with_the_context_the_last_one_first(tmp_path: Path) -> None:
    ends = tmp_path / "ends"
    code = """
import signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
open(sys.argv[1] + sys.argv[2], "w").close()
signal.sigwait({signal.SIGTERM})
open(sys.argv[1], "a").write(sys.argv[2])
"""
    async with Children() as children:
        for name in "ab":
            command = [*python(code), str(ends), name]
            await children.start(name, command, environment=ENVIRONMENT)
        async with asyncio.timeout(30):
            while len(os.listdir(tmp_path)) < 2:  # noqa: ASYNC110, PTH208 - other processes
                await asyncio.sleep(0.01)
    assert ends.read_text() == "ba"


async def test_kill_does_not_wait_for_the_deaf(capfd: pytest.CaptureFixture[str]) -> None:
    async with Children() as children:
        await children.start("deaf", python(DEAF), environment=ENVIRONMENT)
        watching = asyncio.create_task(children.watch())
        await asyncio.sleep(0)
        children.kill()
        with pytest.raises(ChildDiedError, match="signal SIGKILL"):
            await watching


SAY_PID = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
PARENT = f"""
import asyncio, os, sys
from server.development.children import Children
async def main():
    async with Children() as children:
        await children.start(
            "child",
            [sys.executable, "-c", {SAY_PID!r}],
            environment={ENVIRONMENT!r},
        )
        await children.watch()
asyncio.run(main())
"""


async def test_a_child_does_not_outlive_a_killed_parent() -> None:
    parent = await asyncio.create_subprocess_exec(*python(PARENT), stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int((await parent.stdout.readline()).partition(b"|")[2])
    assert is_alive(child)
    parent.send_signal(signal.SIGKILL)
    await parent.wait()
    await until_dead(child)
