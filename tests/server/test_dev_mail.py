"""Mails in development: kept, shown, and harmless."""

import httpx
import pytest

from server.app import create_app
from services.actors import Actor
from tests.conftest import ServeApp
from tests.services.team import Team
from tests.stack import ServedStack, settings_for

ABSENT = "00000000-0000-0000-0000-000000000000"
EVIL = '<script>alert(1)</script>"&'


async def team_of(served: ServedStack) -> Team:
    owner = await served.user("owner")
    team = Team(served, owner, await served.organization(owner))
    await team.subscribe(seats=3)
    return team


async def test_a_mail_is_listed_shown_and_found_as_json(served: ServedStack) -> None:
    team = await team_of(served)
    async with httpx.AsyncClient(base_url=served.url) as client:
        empty = await client.get("/dev/mail")
        assert "There are none yet" in empty.text
        await team.invite("ann")
        await served.settled()
        [mail] = (await client.get("/dev/mail.json?to=ann@example.com")).json()["mails"]
        assert (await client.get("/dev/mail.json?to=bob@example.com")).json() == {"mails": []}
        assert mail["subject"] in (await client.get("/dev/mail")).text
        page = await client.get(f"/dev/mail/{mail['id']}")
        assert mail["messageId"].strip("<>") in page.text
        shown = await client.get(f"/dev/mail/{mail['id']}/html")
    link = f"{served.settings.public_url}/portal/invitation#{await team.token('ann')}"
    assert link in mail["text"]
    assert link in shown.text
    for wanted in ("Acme", "owner@example.com", "a collaborator", "UTC"):
        assert wanted in mail["text"]
        assert wanted in shown.text


async def test_a_mail_can_do_nothing(served: ServedStack) -> None:
    owner = await served.user("owner")
    organization = await served.services.organizations.create(
        viewer=owner, actor=Actor.user(owner.id), name="evil", display_name=EVIL
    )
    team = Team(served, owner, organization)
    await team.subscribe(seats=3)
    await team.invite("ann")
    async with httpx.AsyncClient(base_url=served.url) as client:
        [mail] = (await client.get("/dev/mail.json")).json()["mails"]
        listed, page = await client.get("/dev/mail"), await client.get(f"/dev/mail/{mail['id']}")
        shown = await client.get(f"/dev/mail/{mail['id']}/html")
    assert EVIL in mail["text"]
    for answer in (listed, page, shown):
        assert "<script" not in answer.text
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
    assert "sandbox" in shown.headers["content-security-policy"]
    assert "allow-scripts" not in shown.headers["content-security-policy"]


@pytest.mark.parametrize(
    "path",
    ["00000000-0000-0000-0000-000000000000", "x", "00000000-0000-0000-0000-000000000000/html"],
)
async def test_there_is_no_such_mail(served: ServedStack, path: str) -> None:
    async with httpx.AsyncClient(base_url=served.url) as client:
        assert (await client.get(f"/dev/mail/{path}")).status_code == 404


async def test_with_an_smtp_server_the_page_is_not_there(
    served: ServedStack, serve_app: ServeApp
) -> None:
    database_url = served.services.database.url
    settings = settings_for(
        database_url,
        served.settings.sandbox_url,
        served.settings.data_dir,
        smtp_url="smtp://127.0.0.1:2525",
    )
    async with serve_app(create_app(settings)) as url, httpx.AsyncClient(base_url=url) as client:
        assert (await client.get("/dev/mail")).status_code == 404
