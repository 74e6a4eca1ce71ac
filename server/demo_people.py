"""Who is in which organization of the demo data; `seatwise seed` makes it so."""

from db.enums import MemberRole

MEMBERSHIPS = {
    "owner@acme.test": ("acme", MemberRole.OWNER),
    "owner@globex.test": ("globex", MemberRole.OWNER),
    "admin@globex.test": ("globex", MemberRole.ADMIN),
    "collaborator@globex.test": ("globex", MemberRole.COLLABORATOR),
}
"""The organization `acme` has never subscribed, `globex` is on PRO."""
