"""docs/expiry.md is run: its commands in one shell, each answer compared with the one it shows."""

import asyncio
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from server.demo_data import seed
from tests.stack import ServedStack

PAGE = Path(__file__).parent.parent.parent / "docs" / "expiry.md"
BLOCK = re.compile(r"```(sh|json|text)\n(.*?)```", re.DOTALL)
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)")
END_OF_BLOCK = "--- end of block ---"


def blocks() -> list[tuple[str, str, str]]:
    """The commands, each with what they answer and whether that is JSON or text."""
    found = [(match[1], match[2]) for match in BLOCK.finditer(PAGE.read_text())]
    paired = []
    for index, (kind, body) in enumerate(found):
        if kind == "sh":
            after = found[index + 1] if index + 1 < len(found) else ("sh", "")
            paired.append((body, *after) if after[0] != "sh" else (body, "text", ""))
    return paired


def documents(text: str) -> Iterator[Any]:
    """The JSON documents in a text, one after the other; moments are all the same."""
    decoder, rest = json.JSONDecoder(), MOMENT.sub("a moment", text).strip()
    while rest:
        document, end = decoder.raw_decode(rest)
        yield document
        rest = rest[end:].strip()


async def run_page(environment: dict[str, str]) -> list[str]:
    """What the blocks of commands wrote, in one shell."""
    script = "".join(f"{command}\necho '{END_OF_BLOCK}'\n" for command, _, _ in blocks())
    shell = await asyncio.create_subprocess_exec(
        "bash",
        "-eu",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
    )
    out, errors = await shell.communicate(script.encode())
    assert shell.returncode == 0, errors.decode()
    return out.decode().split(f"{END_OF_BLOCK}\n")[:-1]


async def test_the_page_tells_the_truth(served: ServedStack) -> None:
    settings = served.settings
    assert settings.database_url is not None
    await seed(served.services, issuer=settings.oidc_issuer, sandbox=None)
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PORT": str(settings.port),
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "SEATWISE_DATA_DIR": str(settings.data_dir),
        "SEATWISE_SANDBOX_URL": settings.sandbox_url,
        "SEATWISE_SANDBOX_API_KEY": settings.sandbox_api_key,
    }
    answers = await run_page(environment)
    told = blocks()
    assert len(answers) == len(told)
    for answer, (command, kind, expected) in zip(answers, told, strict=True):
        if kind == "json":
            assert list(documents(answer)) == list(documents(expected)), command
        else:
            assert answer == expected, command
