"""Who keeps a seat: the order of S5, which reductions and renewals share."""

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from db.enums import MemberRole
from services.seat_allotment import by_precedence

START = datetime(2030, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Somebody:
    id: UUID
    role: MemberRole
    joined_at: datetime


def somebody(number: int, role: MemberRole, *, joined: int) -> Somebody:
    return Somebody(UUID(int=number), role, START + timedelta(days=joined))


def test_the_owner_then_the_named_then_admins_then_who_joined_first() -> None:
    named = [
        somebody(6, MemberRole.ADMIN, joined=9),
        somebody(5, MemberRole.COLLABORATOR, joined=1),
    ]
    expected = [
        somebody(7, MemberRole.OWNER, joined=9),  # who became the owner after all others had joined
        *named,
        somebody(4, MemberRole.ADMIN, joined=8),
        somebody(3, MemberRole.COLLABORATOR, joined=0),
        somebody(1, MemberRole.COLLABORATOR, joined=2),
        somebody(2, MemberRole.COLLABORATOR, joined=2),
    ]
    keep = {one.id for one in named}
    for given in itertools.islice(itertools.permutations(expected), 0, None, 97):
        assert by_precedence(given, keep=keep) == expected
