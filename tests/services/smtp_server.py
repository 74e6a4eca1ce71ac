"""An SMTP server that keeps what it is given, or refuses as the test says (RFC 5321)."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class SMTPServer:
    """`replies` are given to the next RCPT commands, instead of 250."""

    url: str = ""
    mails: list[EmailMessage] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._say(writer, "220 test")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                self._say(writer, "354 go on")
                data = await reader.readuntil(b"\r\n.\r\n")
                message = message_from_bytes(data[:-3], policy=policy.default)
                assert isinstance(message, EmailMessage)
                self.mails.append(message)
            accepted = self.replies.pop(0) if verb == b"RCPT" and self.replies else "250 fine"
            self._say(writer, "221 bye" if verb == b"QUIT" else accepted)
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
