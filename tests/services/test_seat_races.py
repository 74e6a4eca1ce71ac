"""Everybody wants a seat at once. The ledger afterwards says whether the rules held (S1-S4).

`make races` makes the great race one of 200 clients for 30 seconds.
"""

import asyncio
import json
import os
import sys
from collections import Counter
from datetime import datetime

from db.enums import MemberRole
from services.actors import Actor
from tests.services import seat_racers
from tests.services.team import Team, new_team
from tests.stack import Stack

PROCESSES = 4
CLIENTS_OF_EACH = int(os.environ.get("SEATWISE_RACE_CLIENTS", "40")) // PROCESSES
SECONDS = os.environ.get("SEATWISE_RACE_SECONDS", "3")


async def outcomes(*calls: object) -> Counter[str]:
    """How many of concurrent calls were done, and how many refused as what."""
    results = await asyncio.gather(*calls, return_exceptions=True)  # type: ignore[call-overload]
    return Counter(
        type(one).__name__ if isinstance(one, BaseException) else "done" for one in results
    )


async def test_the_last_seat_has_one_winner(stack: Stack) -> None:
    team = await new_team(stack, seats=2)
    found = await outcomes(*(team.invite(f"p{number}") for number in range(20)))
    assert found == {"done": 1, "SeatLimitReached": 19}
    assert (await team.usage()).available == 0


async def test_invited_and_reactivated_people_contend_for_the_same_seat(stack: Stack) -> None:
    team = await new_team(stack, seats=3)
    actor = Actor.user(team.owner.id)
    keys = []
    for number in range(10):
        keys.append(await team.add(f"m{number}"))
        await stack.services.memberships.deactivate(keys[-1], viewer=team.owner, actor=actor)
    await team.add("last")
    reactivate = stack.services.memberships.reactivate
    found = await outcomes(
        *(reactivate(key, viewer=team.owner, actor=actor) for key in keys),
        *(team.invite(f"p{number}") for number in range(10)),
    )
    assert found == {"done": 1, "SeatLimitReached": 19}


async def test_an_invitation_is_accepted_once_however_often_it_is_clicked(stack: Stack) -> None:
    team = await new_team(stack, seats=3)
    await team.invite("ann")
    token = await team.token("ann")
    found = await outcomes(*(team.accept("ann", token=token) for _ in range(10)))
    assert found == {"done": 1, "InvitationNotOpen": 9}
    assert (await team.usage()).occupied == 2


async def test_the_same_key_at_once_invites_once(stack: Stack) -> None:
    team = await new_team(stack, seats=5)
    keys = await asyncio.gather(*(team.invite("ann", key="k") for _ in range(10)))
    assert len(set(keys)) == 1
    assert len(await team.rows("SELECT 1 FROM mails")) == 1


async def test_who_is_removed_while_they_act_acts_no_more(stack: Stack) -> None:
    """The membership is read after the lock: a call that waited sees what came before it."""
    team = await new_team(stack, seats=20)
    admin = await stack.join(team.organization, "admin", MemberRole.ADMIN)
    key = await team.key_of(admin)
    actor = Actor.user(team.owner.id)
    await asyncio.gather(
        stack.services.memberships.remove(key, viewer=team.owner, actor=actor),
        *(team.invite(f"p{number}", by=admin) for number in range(10)),
        return_exceptions=True,
    )
    late = await team.rows(
        "SELECT 1 FROM invitations WHERE created_at >"
        " (SELECT removed_at FROM members WHERE removed_at IS NOT NULL)"
    )
    assert late == []


async def test_ownership_is_transferred_once(stack: Stack) -> None:
    team = await new_team(stack, seats=6)
    keys = [await team.add(f"m{number}") for number in range(5)]
    transfer, actor = stack.services.memberships.transfer_ownership, Actor.user(team.owner.id)
    found = await outcomes(*(transfer(key, viewer=team.owner, actor=actor) for key in keys))
    assert found == {"done": 1, "NotPermitted": 4}
    assert await team.rows("SELECT count(*) FROM members WHERE role = 'OWNER'") == [(1,)]


async def test_clients_of_four_processes_all_want_seats(stack: Stack) -> None:
    owner = await seat_racers.identify(stack.services, "owner")
    team = Team(stack, owner, await stack.organization(owner))
    await team.subscribe(seats=10)
    counted = await _race(team)
    faults = {what: number for what, number in counted.items() if what.startswith("FAULT")}
    assert faults == {}
    assert counted["invite: done"] > 0
    await _require_rules_held(team)


async def _race(team: Team) -> Counter[str]:
    racers = await asyncio.gather(*(_start(team, number) for number in range(PROCESSES)))
    answers = await asyncio.gather(*(racer.communicate(b"go\n") for racer in racers))
    assert [racer.returncode for racer in racers] == [0] * PROCESSES
    return sum((Counter(json.loads(answer)) for answer, _ in answers), Counter())


async def _start(team: Team, number: int) -> asyncio.subprocess.Process:
    first, url = number * CLIENTS_OF_EACH, team.stack.services.database.url
    racer = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.services.seat_racers", url, str(team.organization)),
        *(str(first), str(CLIENTS_OF_EACH), SECONDS),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert racer.stdout is not None
    assert await racer.stdout.readline() == b"ready\n"
    return racer


async def _require_rules_held(team: Team) -> None:
    """Replay the ledger against the limits as they were bought."""
    rows = await team.rows("SELECT number, began_at, ended_at FROM seats ORDER BY began_at, id")
    limits: list[tuple[datetime, int]] = [
        (at, json.loads(after)["seats"])
        for at, after in await team.rows(
            "SELECT at, after FROM audit_events WHERE action = 'test.seatsBought' ORDER BY at"
        )
    ]
    for number, began_at, _ in rows:
        held = [n for n, began, end in rows if began <= began_at and (not end or end > began_at)]
        assert len(held) == len(set(held)), f"two rows of one number at {began_at}"
        assert number in held
        limit = next((seats for at, seats in reversed(limits) if at <= began_at), 10)
        assert len(held) <= limit, f"{len(held)} seats of {limit} at {began_at}"
    active = await team.rows(
        "SELECT id FROM members WHERE status = 'ACTIVE' AND removed_at IS NULL ORDER BY id"
    )
    seated = await team.rows(
        "SELECT member_id FROM seats WHERE ended_at IS NULL AND state = 'OCCUPIED' ORDER BY 1"
    )
    assert active == seated, "a seat for every active member, and for nobody else"
