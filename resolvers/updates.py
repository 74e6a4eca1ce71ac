"""Live updates of an organization, filtered by the receiver's role of that moment (P6)."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from db.unavailable import DATABASE_UNAVAILABLE
from execution.selection import Selection
from resolvers.context import Context
from services.backoff import pause_after
from services.permissions import OrganizationAction, refusal_by_role
from services.refusals import OrganizationNotFound
from services.updates import OrganizationChange
from services.views import MemberView, OrganizationView

SEEN_WITH: dict[OrganizationChange, OrganizationAction] = {
    OrganizationChange.BILLING: OrganizationAction.VIEW_BILLING,
    OrganizationChange.SUBSCRIPTION: OrganizationAction.VIEW_BILLING,
    OrganizationChange.SEATS: OrganizationAction.VIEW_MEMBERS,
    OrganizationChange.MEMBERS: OrganizationAction.VIEW_MEMBERS,
    OrganizationChange.INVITATIONS: OrganizationAction.VIEW_INVITATIONS,
}
"""What a receiver has to be permitted to learn of a change; of the others every member learns."""
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(milliseconds=200), timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class OrganizationUpdate:
    """What changed, and the organization as the receiver sees it since."""

    changes: tuple[OrganizationChange, ...]
    organization: OrganizationView


async def organization_updates(
    context: Context, organization_id: UUID, *, selection: Selection
) -> AsyncIterator[OrganizationUpdate]:
    """The updates, as they come; ends when the viewer no longer belongs to the organization.

    Listening begins before the first look, so that nothing is missed in between.
    """
    with context.services.updates.waiting_for(organization_id) as reader:
        organization = await _look(context, organization_id, Selection.EMPTY)
        if organization is None:
            raise OrganizationNotFound
        while True:
            before, changes = organization.viewer, await reader.take()
            organization = await _look_in_time(context, organization_id, selection)
            if organization is None:
                return
            if visible := _visible(changes, organization.viewer, before=before):
                yield OrganizationUpdate(visible, organization)


async def _look_in_time(
    context: Context, organization_id: UUID, selection: Selection
) -> OrganizationView | None:
    """Look as soon as the database answers: a stream outlives its restart, and a moment in which
    a thousand receivers want its connections. What changes meanwhile is merged.
    """
    attempts = 0
    while True:
        try:
            return await _look(context, organization_id, selection)
        except DATABASE_UNAVAILABLE:
            attempts += 1
            pause = pause_after(attempts, first=_FIRST_PAUSE, longest=_LONGEST_PAUSE)
            await asyncio.sleep(pause.total_seconds())


async def _look(
    context: Context, organization_id: UUID, selection: Selection
) -> OrganizationView | None:
    found = await context.services.organization_reads.get_many(
        [organization_id], viewer=context.user, selection=selection
    )
    return found.get(organization_id)


def _visible(
    changes: frozenset[OrganizationChange], receiver: MemberView, *, before: MemberView
) -> tuple[OrganizationChange, ...]:
    """What the receiver may learn of; that they themselves are locked out, they learn always."""
    learned = {OrganizationChange.MEMBERS} if _standing(receiver) != _standing(before) else set()
    learned |= {change for change in changes if _may_learn(change, receiver)}
    return tuple(change for change in OrganizationChange if change in learned)


def _standing(member: MemberView) -> tuple[object, ...]:
    return member.role, member.status, member.deactivation_reason


def _may_learn(change: OrganizationChange, receiver: MemberView) -> bool:
    return change not in SEEN_WITH or refusal_by_role(SEEN_WITH[change], receiver) is None
