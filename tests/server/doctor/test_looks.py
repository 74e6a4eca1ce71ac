"""What the settings point to is looked at."""

import asyncio
from pathlib import Path

import pytest

from server.doctor.finding import State
from server.doctor.looks import look_at_documents, look_at_mail
from server.settings import Settings


async def test_trusted_documents_that_cannot_be_read_are_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "documents.json"
    settings = Settings.model_validate({"graphql": {"trusted_documents": path}})
    assert [one.state for one in await look_at_documents(settings)] == [State.PROBLEM]
    path.write_text('{"a": "{ viewer { id } }"}')
    assert [one.text for one in await look_at_documents(settings)] == [f"1 in {path}"]
    assert await look_at_documents(Settings()) == []


@pytest.mark.parametrize(
    ("sender", "states"),
    [
        ({}, [State.GOOD, State.PROBLEM]),
        ({"mail_from": "Acme <seats@acme.test>"}, [State.GOOD]),
    ],
)
async def test_a_sender_that_nobody_believes_is_a_problem(
    sender: dict[str, str], states: list[State]
) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        settings = Settings.model_validate({"SMTP_URL": f"smtp://127.0.0.1:{port}", **sender})
        assert [one.state for one in await look_at_mail(settings)] == states
