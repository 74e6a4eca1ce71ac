"""The outbox, and a real conversation with an SMTP server."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import pytest
from structlog.testing import capture_logs

from db.completion import UPDATES_CHANNEL
from db.enums import MailKind
from services.actors import Actor
from services.clock import real_now
from services.mail import MailNotTakenError, MailService, MailSettings, Outbox
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
    return MailService(stack.services.database, stack.services.clock, settings)


async def kept_id(team: Team) -> UUID:
    [mail] = await team.stack.services.mail.list_kept()
    return mail.id


@contextlib.asynccontextmanager
async def announcements(database_url: str) -> AsyncIterator[asyncio.Queue[str]]:
    """What live clients are told meanwhile."""
    told: asyncio.Queue[str] = asyncio.Queue()
    connection = await asyncpg.connect(database_url)
    try:
        await connection.add_listener(UPDATES_CHANNEL, lambda *said: told.put_nowait(said[3]))
        yield told
    finally:
        await connection.close()


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
        server.replies = {"RCPT": ["451 Ann@example.com: later"]}
        with pytest.raises(MailNotTakenError, match=r"451.*later") as said:
            await service.send(mail_id)
        assert "ann@" not in str(said.value).lower(), "addresses are not logged"
        await service.send(mail_id)
    assert len(server.mails) == 1


@pytest.mark.parametrize(
    ("verb", "reply", "said"),
    [
        ("RCPT", "550 5.1.1 <ANN@example.com>: nobody", "550 5.1.1 <(recipient)>: nobody"),
        ("DATA", "554 5.7.1 a bad link: https://app.test/i#T", "554 5.7.1 a bad link: (link)"),
    ],
)
async def test_a_mail_that_is_refused_for_good_is_given_up_and_whoever_invited_is_told(
    stack: Stack, database_url: str, verb: str, reply: str, said: str
) -> None:
    team = await new_team(stack, seats=2)
    key = await team.invite("ann")
    mail_id = await kept_id(team)
    async with smtp_server() as server, announcements(database_url) as announced:
        server.replies = {verb: [reply]}
        with capture_logs() as logs:
            await mail_service(stack, server).send(mail_id)
        async with asyncio.timeout(30):
            assert "INVITATIONS" in await announced.get()
    assert server.mails == []
    assert await stack.services.mail.get(mail_id) is None, "the link is a secret of the recipient"
    invitation = (await stack.services.invitation_reads.get_many([key]))[key]
    assert invitation.delivery_failure == said
    assert (await team.actions())[-1] == "invitation.undelivered"
    [line] = [line for line in logs if line["event"] == "mail.refused"]
    assert (line["why"], line["will_be_tried_again"]) == (said, False)
    assert line["remedy"]

    owner = team.owner
    await stack.services.invitations.resend(key, viewer=owner, actor=Actor.user(owner.id))
    invitation = (await stack.services.invitation_reads.get_many([key]))[key]
    assert invitation.delivery_failure is None, "the new mail is on its way"


@pytest.mark.parametrize(
    ("verb", "reply"),
    [
        ("MAIL", "550 not you"),
        ("RCPT", "553 5.7.27 no such sender"),
        ("RCPT", "530 5.7.0 sign in first"),
        ("EHLO", "554 go away"),
    ],
)
async def test_a_refusal_of_our_settings_is_told_and_the_mail_goes_out_once_they_are_mended(
    stack: Stack, verb: str, reply: str
) -> None:
    team = await new_team(stack, seats=2)
    await team.invite("ann")
    mail_id = await kept_id(team)
    async with smtp_server() as server:
        service = mail_service(stack, server)
        server.replies = {verb: [reply], "HELO": [reply] if verb == "EHLO" else []}
        with capture_logs() as logs, pytest.raises(MailNotTakenError):
            await service.send(mail_id)
        [line] = logs
        assert (line["event"], line["will_be_tried_again"]) == ("mail.refused", True)
        assert "SEATWISE_MAIL_FROM" in line["remedy"]
        await service.send(mail_id)
    assert len(server.mails) == 1


async def test_a_mail_that_no_server_takes_is_given_up_at_the_last_attempt(stack: Stack) -> None:
    team = await new_team(stack, seats=2)
    key = await team.invite("ann")
    mail_id = await kept_id(team)
    async with smtp_server() as server:
        server.replies = {"RCPT": ["451 ann@example.com waits at mail7.internal"]}
        await mail_service(stack, server).send(mail_id, is_last_attempt=True)
    invitation = (await stack.services.invitation_reads.get_many([key]))[key]
    assert invitation.delivery_failure == "No mail server took it within hours."
    assert await stack.services.mail.list_kept() == []


@pytest.mark.parametrize("address", ["zoë@example.com", "ann@@example", "ann\nBcc: x@example.com"])
async def test_what_no_server_can_be_told_is_not_tried_again(stack: Stack, address: str) -> None:
    """Addresses of tokens are as the issuer says; without SMTPUTF8 a server takes ASCII alone."""
    team = await new_team(stack)
    async with stack.services.database.begin() as transaction:
        await Outbox(MailSettings()).write(
            transaction,
            team.organization,
            kind=MailKind.PAYMENT_FAILED,
            cause="a",
            recipient=address,
            values={"organization": "Acme", "link": "https://a.test", "pay_link": "https://a.test"},
        )
    async with smtp_server() as server:
        await mail_service(stack, server).send(await kept_id(team))
    [row] = await team.rows("SELECT failure, text FROM mails")
    assert row["failure"]
    assert row["text"] is None


async def test_a_mail_that_was_overtaken_says_nothing_of_the_new_one(stack: Stack) -> None:
    team = await new_team(stack, seats=2)
    key = await team.invite("ann")
    first = await kept_id(team)
    owner = team.owner
    await stack.services.invitations.resend(key, viewer=owner, actor=Actor.user(owner.id))
    async with smtp_server() as server:
        server.replies = {"RCPT": ["550 nobody"]}
        await mail_service(stack, server).send(first)
    invitation = (await stack.services.invitation_reads.get_many([key]))[key]
    assert invitation.delivery_failure is None
    assert (await team.actions())[-1] == "invitation.undelivered"


async def test_a_server_that_is_down_is_told_to_the_queue(stack: Stack) -> None:
    team = await new_team(stack, seats=2)
    await team.invite("ann")
    async with smtp_server() as server:
        pass
    with pytest.raises(MailNotTakenError):
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
