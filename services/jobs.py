"""The names of the jobs. A job is enqueued in the transaction that makes it necessary."""

SYNC_EVENT = "sync_event"
"""Fetch from Stripe what an event in the inbox speaks of. Payload: event_id."""

PUSH_CUSTOMER = "push_customer"
"""Bring Stripe's customer in line with the organization. Payload: organization_id."""
