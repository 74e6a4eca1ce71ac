"""What happens in one organization leaves no trace in another one."""

from datetime import timedelta

from db.enums import MemberRole
from services.actors import Actor
from services.change_planning import ChangeRequest
from services.global_ids import TenantKey
from tests.services.lapsing import DAY, GRACE, LapsingTeam
from tests.stack import Stack

Rows = dict[str, set[bytes]]


async def team_of(stack: Stack, name: str) -> LapsingTeam:
    """Six people, of whom one belongs to every such team, and an open invitation."""
    owner = await stack.user(f"owner-of-{name}")
    team = LapsingTeam(stack, owner, await stack.organization(owner, name))
    await team.subscribe(seats=8)
    for person in (f"ann-of-{name}", f"bob-of-{name}", f"carl-of-{name}", "everywhere"):
        await team.add(person)
    await team.invite(f"invited-by-{name}")
    return team


async def key_of(team: LapsingTeam, name: str) -> TenantKey:
    return team.key((await team.members())[name])


async def everything_of(team: LapsingTeam) -> Rows:
    """Each row of each table that belongs to the organization."""
    tables = await team.rows(
        "SELECT table_name FROM information_schema.columns"
        " WHERE column_name = 'organization_id' AND table_schema = 'public'"
    )
    owned = {str(row[0]): "organization_id" for row in tables} | {"organizations": "id"}
    return {table: await rows_of(team, table, column) for table, column in owned.items()}


async def rows_of(team: LapsingTeam, table: str, column: str) -> set[bytes]:
    found = await team.rows(
        f"SELECT to_jsonb(r)::text FROM {table} r WHERE {column} = '{team.organization}'"  # noqa: S608
    )
    return {row[0] for row in found}


async def test_what_people_do_to_each_other_and_to_invitations(stack: Stack) -> None:
    acme, neighbour = await team_of(stack, "acme"), await team_of(stack, "neighbour")
    services, owner, actor = stack.services, acme.owner, Actor.user(acme.owner.id)
    memberships, invitations = services.memberships, services.invitations
    away = await key_of(neighbour, "carl-of-neighbour")
    await memberships.deactivate(away, viewer=neighbour.owner, actor=actor)
    await acme.pass_time(timedelta(days=8))  # the invitations have run out, and nobody looked
    before = await everything_of(neighbour)
    assert before["invitations"]
    assert before["seats"]

    ann, bob, carl = [await key_of(acme, f"{name}-of-acme") for name in ("ann", "bob", "carl")]
    await memberships.change_role(ann, MemberRole.ADMIN, viewer=owner, actor=actor)
    await memberships.deactivate(bob, viewer=owner, actor=actor)
    await memberships.reactivate(bob, viewer=owner, actor=actor)
    await memberships.remove(carl, viewer=owner, actor=actor)
    viewer = await stack.user("everywhere")
    await memberships.leave(acme.organization, viewer=viewer, actor=Actor.user(viewer.id))
    await invitations.resend(await acme.invite("dora"), viewer=owner, actor=actor)
    await invitations.cancel(await acme.invite("erik"), viewer=owner, actor=actor)
    await acme.accept("dora")
    await memberships.transfer_ownership(ann, viewer=owner, actor=actor)
    assert await everything_of(neighbour) == before


async def test_what_a_subscription_does_to_people(stack: Stack) -> None:
    acme, neighbour = await team_of(stack, "acme"), await team_of(stack, "neighbour")
    services, owner, actor = stack.services, acme.owner, Actor.user(acme.owner.id)
    before = await everything_of(neighbour)
    await acme.end()
    await acme.pass_time(GRACE + DAY)
    assert set(await acme.states()) - {"owner-of-acme"}
    assert await everything_of(neighbour) == before

    await neighbour.deactivate()
    before = await everything_of(neighbour)
    await acme.renew(seats=8)
    assert set((await acme.states()).values()) == {None}
    smaller = ChangeRequest(seats=2, keep=((await key_of(acme, "ann-of-acme")).id,))
    await services.plan_changes.change(acme.organization, smaller, viewer=owner, actor=actor)
    await acme.pass_time(timedelta(days=32))
    assert list((await acme.states()).values()).count(None) == 2
    await services.organization_deletion.delete(
        acme.organization, name="acme", viewer=owner, actor=actor
    )
    assert await everything_of(neighbour) == before
