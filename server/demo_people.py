"""Who is in the demo data: what `seatwise seed` makes, and what the IDE offers to sign in as."""

from db.enums import MemberRole
from server.development_issuer import DEMO_PEOPLE
from server.ide import DemoUser

MEMBERSHIPS = {
    "owner@acme.test": ("acme", MemberRole.OWNER),
    "owner@globex.test": ("globex", MemberRole.OWNER),
    "admin@globex.test": ("globex", MemberRole.ADMIN),
    "collaborator@globex.test": ("globex", MemberRole.COLLABORATOR),
}
"""The organization `acme` has never subscribed, `globex` is on PRO."""


def demo_users() -> list[DemoUser]:
    """The people of the development issuer, with what they are in the demo data."""
    users: list[DemoUser] = []
    for person in DEMO_PEOPLE:
        organization, role = MEMBERSHIPS.get(person.email, (None, None))
        users.append(
            {
                "email": person.email,
                "name": person.name,
                "organization": organization,
                "role": role.value if role else None,
            }
        )
    return users
