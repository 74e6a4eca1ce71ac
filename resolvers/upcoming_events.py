"""What will happen: from the subscription, and from the invitations that are open."""

from db.enums import InvitationStatus
from resolvers.context import Context
from services.invitation_reads import InvitationListRequest
from services.pages import LARGEST_FIRST, PageRequest
from services.upcoming_events import UpcomingEvent, upcoming_events
from services.views import OrganizationView

OPEN_INVITATIONS = InvitationListRequest(PageRequest(LARGEST_FIRST), InvitationStatus.PENDING)


async def list_upcoming_events(
    context: Context, organization: OrganizationView
) -> list[UpcomingEvent]:
    """The soonest first; of the open invitations the newest hundred are looked at."""
    page = await context.loaders.invitations.load((organization.id, OPEN_INVITATIONS))
    now = context.services.clock.now()
    return upcoming_events(organization, page.nodes, now=now)
