"""What will happen to an organization, and when."""

from datetime import datetime

import strawberry

from schema.members import Invitation
from services.upcoming_events import UpcomingEventKind


@strawberry.type(description="Something that will happen, unless something changes.")
class UpcomingEvent:
    """The source is a `services.upcoming_events.UpcomingEvent`."""

    kind: UpcomingEventKind = strawberry.field(description="What.")
    at: datetime = strawberry.field(description="When.")
    invitation: Invitation | None = strawberry.field(
        description="The invitation that expires; null for other events."
    )
