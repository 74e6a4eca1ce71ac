"""The table of permissions as people read it: `docs/permissions.md`, printed by `seatwise
permissions`.

The roles come from `services.permissions`; here stands which mutation and which field asks for
which action. A test walks all of them, by every role, and compares.
"""

from db.enums import MemberRole
from services.permissions import ACTS_ON, PERMITTED_ROLES, OrganizationAction

GUARDED_FIELDS: dict[OrganizationAction, tuple[str, ...]] = {
    OrganizationAction.VIEW_MEMBERS: ("plan", "seatUsage", "access", "members"),
    OrganizationAction.VIEW_BILLING: (
        "subscription",
        "billingEmail",
        "seats",
        "seatLedger",
        "billingSessions",
        "upcomingEvents",
        "billingHealth",
    ),
    OrganizationAction.VIEW_INVITATIONS: ("invitations",),
    OrganizationAction.VIEW_AUDIT_LOG: ("auditLog",),
}
"""The fields of an organization that are null and FORBIDDEN for whom the action is not (P6)."""

ALSO_ASKED_BY: dict[OrganizationAction, tuple[str, ...]] = {
    OrganizationAction.SELECT_PLAN: ("syncBillingSession",),
    OrganizationAction.CHANGE_PLAN: ("quoteChange",),
}
"""Mutations that ask for an action which another one is named after."""

WITHOUT_MEMBERSHIP = ("createOrganization", "acceptInvitation", "declineInvitation")
"""Mutations for everybody who is signed in."""

FOR_OPERATORS = ("stripeEvents", "stripeEvent", "retryStripeEvent")
"""Root fields for service tokens with the scope `ops`."""

_HEAD = """# Who may do what

Printed from the code by `seatwise permissions`; `make check` compares. The code is
`services/permissions.py`, which mutations, guarded fields and `viewerCan` all ask.

A field that somebody may not see is null, with the error `FORBIDDEN`; a mutation that they may not
do answers `NotPermittedError`. For who does not belong to an organization there is none: its
mutations answer `OrganizationNotFoundError`. A deactivated member sees the organization's names and
their own membership, which says why, and nothing else; whatever they try answers
`MemberDeactivatedError`. None of this depends on the subscription: an owner never loses access to
billing.

| Action | In the API | Owner | Admin | Collaborator |
| --- | --- | :-: | :-: | :-: |
"""
_ACTS_ON_HEAD = """
## Acting on members and invitations

Whom a role may act on, which roles it may give, and invitations to which roles it may send or take
back. Nobody acts on themselves: to go, a member leaves.

| | Owner | Admin | Collaborator |
| --- | :-: | :-: | :-: |
"""
_FOOT = """
## Without being a member

{mutations} are for everybody who is signed in; an invitation is answered only by the person whose
verified address it was sent to. Signed out, there are `plans`, an empty `viewer` and introspection.
Back ends with the scope `access:read` ask `accessDecisions`. Service tokens of operators, with the
scope `ops`, have {operations}; nobody else has.
"""


def mutations_of(action: OrganizationAction) -> tuple[str, ...]:
    """The mutations that ask for an action; the first is named after it."""
    if action in GUARDED_FIELDS:
        return ()
    first, *rest = action.lower().split("_")
    own = first + "".join(word.capitalize() for word in rest)
    return (own, *ALSO_ASKED_BY.get(action, ()))


def markdown() -> str:
    """The text of `docs/permissions.md`."""
    actions = "".join(_action_row(action) for action in OrganizationAction)
    targets = "".join(_target_row(role) for role in MemberRole)
    open_to_all = ", ".join(f"`{name}`" for name in WITHOUT_MEMBERSHIP)
    operations = ", ".join(f"`{name}`" for name in FOR_OPERATORS)
    foot = _FOOT.format(mutations=open_to_all, operations=operations)
    return _HEAD + actions + _ACTS_ON_HEAD + targets + foot


def _action_row(action: OrganizationAction) -> str:
    fields = (f"`Organization.{name}`" for name in GUARDED_FIELDS.get(action, ()))
    mutations = (f"`{name}`" for name in mutations_of(action))
    marks = " | ".join(_mark(role in PERMITTED_ROLES[action]) for role in MemberRole)
    return f"| `{action}` | {', '.join([*fields, *mutations])} | {marks} |\n"


def _target_row(acting: MemberRole) -> str:
    marks = " | ".join(_mark(target in ACTS_ON[acting]) for target in MemberRole)
    return f"| {acting.capitalize()} acts on | {marks} |\n"


def _mark(permitted: bool) -> str:  # noqa: FBT001 # the one thing it marks
    return "yes" if permitted else "no"
