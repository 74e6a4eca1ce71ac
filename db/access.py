"""Whether people may use organizations, for many pairs at once."""

from sqlalchemy import ARRAY, Text, Uuid, bindparam, func, select

from db.models import Member, Organization, User
from db.statements import Statement


def _decisions() -> Statement:
    """Each pair finds its user, then that user's membership, each by a unique index."""
    checks = (
        func.unnest(
            bindparam("subjects", type_=ARRAY(Text)),
            bindparam("organization_ids", type_=ARRAY(Uuid)),
        )
        .table_valued("subject", "organization_id", with_ordinality="place")
        .render_derived(name="checks")
    )
    theirs = (
        (Member.user_id == User.id)
        & (Member.organization_id == checks.c.organization_id)
        & Member.removed_at.is_(None)
    )
    present = (Organization.id == Member.organization_id) & Organization.deleted_at.is_(None)
    return Statement(
        select(Organization.id, Member.role, Member.status, Member.deactivation_reason)
        .select_from(checks)
        .outerjoin(User, (User.issuer == bindparam("issuer")) & (User.subject == checks.c.subject))
        .outerjoin(Member, theirs)
        .outerjoin(Organization, present)
        .order_by(checks.c.place)
    )


DECISIONS = _decisions()
"""A row for each of (`:subjects`, `:organization_ids`), in their order; `id` is null for those who
do not belong. The subjects are of `:issuer`.
"""
