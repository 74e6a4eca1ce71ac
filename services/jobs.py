"""The names of the jobs. A job is enqueued in the transaction that makes it necessary."""

from datetime import timedelta

SYNC_EVENT = "sync_event"
"""Fetch from Stripe what an event in the inbox speaks of. Payload: event_id."""

PUSH_CUSTOMER = "push_customer"
"""Bring Stripe's customer in line with the organization. Payload: organization_id."""

SEND_MAIL = "send_mail"
"""Send a mail of the outbox. Payload: mail_id."""

RELEASE_SCHEDULE = "release_schedule"
"""Detach a schedule whose change has taken effect. Payload: organization_id."""

WRITE_NOTICES = "write_notices"
"""Write the mails that tell people of one event. Payload: see `services.notices.Notice`."""


class PostponedError(Exception):
    """A job cannot be done now; it comes again, at the latest after `pause`."""

    def __init__(self, pause: timedelta) -> None:
        super().__init__(f"postponed for {pause.total_seconds():.1f} s")
        self.pause = pause
