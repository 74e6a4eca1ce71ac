"""The outbox, and a real conversation with an SMTP server."""

from urllib.parse import urlsplit
from uuid import UUID

import aiosmtplib
import pytest

from db.enums import MailKind
from services.clock import real_now
from services.mail import MailService, MailSettings, Outbox
from services.mail.settings import port_of
from tests.services.smtp_server import SMTPServer, smtp_server
from tests.services.team import Team, new_team
from tests.stack import Stack

VALUES = {
    "organization": "Acme\nBcc: everybody@example.com",
    "inviter": "Zoë <b>",
    "role": "an admin",
    "link": "https://app.example.com/i#T",
    "expires_at": real_now(),
}


def mail_service(stack: Stack, server: SMTPServer) -> MailService:
    settings = MailSettings(sender="Seatwise <no-reply@seatwise.test>", smtp_url=server.url)
    return MailService(stack.services.database, settings)


async def kept_id(team: Team) -> UUID:
    [mail] = await team.stack.services.mail.list_kept()
    return mail.id


async def test_a_mail_is_sent_once_with_both_forms_and_then_forgotten(stack: Stack) -> None:
    team = await new_team(stack, seats=2)
    await team.invite("ann")
    mail_id, token = await kept_id(team), await team.token("ann")
    async with smtp_server() as server:
        service = mail_service(stack, server)
        await service.send(mail_id)
        await service.send(mail_id)
    [mail] = server.mails
    assert mail["To"] == "ann@example.com"
    assert mail["Message-ID"].startswith(f"<{mail_id}@")
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert token in text.get_content()
    assert token in html.get_content()
    [row] = await team.rows("SELECT text, html, sent_at FROM mails")
    assert (row["text"], row["html"]) == (None, None)
    assert row["sent_at"] is not None
    assert await stack.services.mail.list_kept() == []


async def test_a_server_that_is_busy_is_asked_again_with_the_same_message_id(stack: Stack) -> None:
    team = await new_team(stack, seats=2)
    await team.invite("ann")
    mail_id = await kept_id(team)
    async with smtp_server() as server:
        service = mail_service(stack, server)
        server.replies = ["451 later"]
        with pytest.raises(aiosmtplib.SMTPException):
            await service.send(mail_id)
        await service.send(mail_id)
    assert len(server.mails) == 1


async def test_an_address_that_nobody_has_is_not_tried_again(stack: Stack) -> None:
    team = await new_team(stack, seats=2)
    await team.invite("ann")
    async with smtp_server() as server:
        server.replies = ["550 nobody"]
        await mail_service(stack, server).send(await kept_id(team))
    assert server.mails == []
    assert len(await stack.services.mail.list_kept()) == 1


async def test_a_server_that_is_down_is_told_to_the_queue(stack: Stack) -> None:
    team = await new_team(stack, seats=2)
    await team.invite("ann")
    async with smtp_server() as server:
        pass
    with pytest.raises(aiosmtplib.SMTPException):
        await mail_service(stack, server).send(await kept_id(team))


async def test_one_cause_and_recipient_have_one_mail(stack: Stack) -> None:
    team = await new_team(stack)
    outbox = Outbox(MailSettings())

    async def write(cause: str) -> None:
        async with stack.services.database.begin() as transaction:
            await outbox.write(
                transaction,
                team.organization,
                kind=MailKind.INVITATION,
                cause=cause,
                recipient="ann@example.com",
                values=VALUES,
            )

    await write("a")
    await write("b")
    await write("a")
    mails = await stack.services.mail.list_kept()
    assert len(mails) == len({mail.message_id for mail in mails}) == 2
    assert {mail.subject for mail in mails} == {
        "Zoë <b> invites you to Acme Bcc: everybody@example.com"
    }
    assert "Zoë &lt;b&gt;" in mails[0].html


async def test_what_is_rolled_back_sends_nothing(stack: Stack) -> None:
    team = await new_team(stack, seats=2)
    await team.invite("ann")
    with pytest.raises(Exception, match="seats"):
        await team.invite("bob")
    assert len(await team.rows("SELECT 1 FROM mails")) == 1
    assert len(await team.rows("SELECT 1 FROM jobs.pgqueuer")) == 1


@pytest.mark.parametrize(
    ("url", "port"), [("smtp://mail", 587), ("smtps://mail", 465), ("smtps://mail:25", 25)]
)
def test_the_port_is_that_of_the_protocol(url: str, port: int) -> None:
    assert port_of(urlsplit(url)) == port
