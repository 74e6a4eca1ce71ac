"""An SMTP server that keeps what it is given, or refuses as the test says (RFC 5321)."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class SMTPServer:
    """`replies` are given to the next commands of a verb, instead of 250."""

    url: str = ""
    mails: list[EmailMessage] = field(default_factory=list)
    replies: dict[str, list[str]] = field(default_factory=dict)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._say(writer, "220 test")
        while line := await reader.readline():
            verb = line[:4].decode().upper()
            waiting = self.replies.get(verb)
            accepted = waiting.pop(0) if waiting else "250 fine"
            if verb == "DATA":
                self._say(writer, "354 go on")
                data = await reader.readuntil(b"\r\n.\r\n")
                message = message_from_bytes(data[:-3], policy=policy.default)
                assert isinstance(message, EmailMessage)
                if accepted.startswith("2"):
                    self.mails.append(message)
            self._say(writer, "221 bye" if verb == "QUIT" else accepted)
        writer.close()

    def _say(self, writer: asyncio.StreamWriter, reply: str) -> None:
        writer.write(f"{reply}\r\n".encode())


@contextlib.asynccontextmanager
async def smtp_server() -> AsyncIterator[SMTPServer]:
    """Listens on a free port while the context lasts."""
    server = SMTPServer()
    listening = await asyncio.start_server(server.talk, "127.0.0.1", 0)
    server.url = f"smtp://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    async with listening:
        yield server
