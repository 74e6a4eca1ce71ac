"""The sandbox as a program of its own."""

import asyncio
import os
import sys


async def test_a_database_that_is_not_there_is_one_line() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sandbox", "--port", "0"),
        env={**os.environ, "DATABASE_URL": "postgresql://x:secret@127.0.0.1:1/x"},
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    assert process.returncode == 1
    assert said.decode().count("\n") == 1
    assert said.startswith(b"Error: the database cannot be used")
    assert b"secret" not in said
