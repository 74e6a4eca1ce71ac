"""Changes of people, live: over server-sent events, filtered by what the receiver may see."""

import contextlib
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import httpx

from db.enums import MemberRole
from services.actors import Actor
from services.global_ids import encode
from tests.services.team import Team
from tests.stack import ServedStack

FOLLOW = """
    subscription ($id: ID!) {
      organizationUpdated(organizationId: $id) {
        changes organization { viewerMembership { status role } }
      }
    }
"""
Next = Callable[[], Coroutine[Any, Any, dict[str, Any] | None]]


@contextlib.asynccontextmanager
async def following(served: ServedStack, team: Team, email: str) -> AsyncIterator[Next]:
    """Updates as `email` gets them; None when the stream has completed."""
    headers = {
        "Accept": "text/event-stream",
        "Authorization": f"Bearer {served.token(email)}",
    }
    body = {"query": FOLLOW, "variables": {"id": encode("Organization", team.organization)}}
    async with (
        httpx.AsyncClient(timeout=20) as client,
        client.stream("POST", f"{served.url}/graphql", json=body, headers=headers) as answer,
    ):
        lines = answer.aiter_lines()

        async def following_event() -> dict[str, Any] | None:
            kind = ""
            async for line in lines:
                if line.startswith("event:"):
                    kind = line.partition(":")[2].strip()
                if kind == "complete":
                    return None
                if line.startswith("data:") and kind == "next":
                    update: dict[str, Any] = json.loads(line.partition(":")[2])["data"]
                    return update["organizationUpdated"]  # type: ignore[no-any-return] # JSON
            return None

        yield following_event


async def test_each_receiver_learns_what_their_role_may_see(served: ServedStack) -> None:
    owner = await served.user("owner")
    team = Team(served, owner, await served.organization(owner))
    await team.subscribe(seats=5)
    await served.settled()
    member = await served.join(team.organization, "helper", MemberRole.COLLABORATOR)
    key, actor = await team.key_of(member), Actor.user(owner.id)
    async with (
        following(served, team, "owner@example.com") as to_owner,
        following(served, team, "helper@example.com") as to_helper,
    ):
        await team.invite("ann")
        seen, by_helper = await to_owner(), await to_helper()
        assert seen is not None
        assert by_helper is not None
        assert seen["changes"] == ["SEATS", "INVITATIONS"]
        assert by_helper["changes"] == ["SEATS"]
        await served.services.memberships.deactivate(key, viewer=owner, actor=actor)
        seen, by_helper = await to_owner(), await to_helper()
        assert seen is not None
        assert by_helper is not None
        assert seen["changes"] == ["SEATS", "MEMBERS"]
        assert by_helper["changes"] == ["MEMBERS"]
        assert by_helper["organization"]["viewerMembership"]["status"] == "DEACTIVATED"
        await served.services.memberships.remove(key, viewer=owner, actor=actor)
        assert await to_helper() is None
        await served.services.organization_deletion.delete(
            team.organization, name="acme", viewer=owner, actor=actor
        )
        while (update := await to_owner()) is not None:
            assert update["changes"]
