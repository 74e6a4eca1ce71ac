import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import click
import orjson

from db.enums import StripeEventState
from server import settings as server_settings
from server.cli.command import Command
from server.cli.duration import Duration
from server.cli.organization import organization_called
from server.cli.progress import progress_bar
from server.database_in_use import database_in_use
from server.running_services import running_services
from services.assembly import Services
from services.pages import LARGEST_FIRST, PageRequest
from services.record_views import StripeEventView
from services.refusals import StripeEventNotFound
from services.stripe_events import StripeEventListRequest
from services.stripe_gateway import API_VERSION, WANTED_EVENTS

_COLOURS = {
    StripeEventState.RECEIVED: "cyan",
    StripeEventState.DONE: "green",
    StripeEventState.IGNORED: "white",
    StripeEventState.DEAD: "red",
}


@click.group()
def events() -> None:
    """The webhook events that Stripe sent.

    RECEIVED waits for a fetch, DONE was fetched, IGNORED concerns no organization here, and DEAD
    failed too often and waits for you.
    """


@events.command(
    "list",
    cls=Command,
    examples=["seatwise events list --state dead", "seatwise events list --organization acme"],
)
@click.option(
    "--state",
    type=click.Choice([state.lower() for state in StripeEventState]),
    help="Only those in this state.",
)
@click.option("--type", "type_", metavar="TYPE", help="Only this type, as invoice.paid.")
@click.option("--organization", metavar="NAME", help="Only those about this organization.")
@click.option("--since", type=Duration(), help="Only what arrived within the last 30m, 12h, 7d.")
@click.option(
    "--limit", type=click.IntRange(1), default=50, show_default=True, help="At most so many."
)
def list_(
    *,
    state: str | None,
    type_: str | None,
    organization: str | None,
    since: timedelta | None,
    limit: int,
) -> None:
    """List events, the newest first: one line each, separated by tabs."""

    async def work(services: Services) -> None:
        found = await organization_called(services, organization) if organization else None
        request = StripeEventListRequest(
            PageRequest(),
            state=StripeEventState(state.upper()) if state else None,
            type=type_,
            organization_id=found,
            since=services.clock.now() - since if since else None,
        )
        count = 0
        async for event in _pages(services, request, limit):
            click.echo(_line(event))
            count += 1
        if not count:
            is_filtered = any((state, type_, organization, since))
            click.echo(_nothing(is_filtered=is_filtered), err=True)

    _run(work)


@events.command(cls=Command, examples=["seatwise events show evt_1RcY8Q2eZvKYlo2C"])
@click.argument("event_id", metavar="EVENT")
def show(event_id: str) -> None:
    """Show an event: how it stands, and what Stripe sent, as JSON."""

    async def work(services: Services) -> None:
        event = await services.stripe_events.get(event_id)
        if event is None:
            raise click.ClickException(StripeEventNotFound(event_id).message)
        for name, value in _details(event).items():
            click.echo(f"{name:16} {value}")
        click.echo()
        click.echo(orjson.dumps(event.payload, option=orjson.OPT_INDENT_2).decode())

    _run(work)


@events.command(
    cls=Command,
    examples=["seatwise events retry evt_1RcY8Q2eZvKYlo2C", "seatwise events retry --dead"],
)
@click.argument("event_ids", metavar="[EVENT]...", nargs=-1)
@click.option("--dead", is_flag=True, help="Every dead event.")
def retry(event_ids: tuple[str, ...], *, dead: bool) -> None:
    """Let events be fetched for again, now.

    A worker does it. Safe at any time and in any state: what Stripe says now is fetched, and
    nothing of the event itself is applied.
    """
    if dead == bool(event_ids):
        raise click.UsageError("Name events, or give --dead.")

    async def work(services: Services) -> None:
        retried = await (_retry_dead(services) if dead else _retry_named(services, event_ids))
        text = f"{retried} events are fetched for again" if retried else "No event is dead."
        click.echo(text)

    _run(work)


@events.command(cls=Command, examples=["seatwise events types"])
def types() -> None:
    """Print the types of events that Seatwise wants from Stripe, one a line.

    A webhook endpoint has to send these. Others are stored and ignored.
    """
    click.echo("\n".join(WANTED_EVENTS))


def _run(work: Callable[[Services], Awaitable[None]]) -> None:
    settings = server_settings.load().usable()

    async def with_services(url: str) -> None:
        async with running_services(settings, database_url=url) as services:
            await work(services)

    with database_in_use(settings) as url:
        asyncio.run(with_services(url))


async def _pages(
    services: Services, request: StripeEventListRequest, limit: int
) -> AsyncIterator[StripeEventView]:
    after = None
    while limit > 0:
        page = PageRequest(min(limit, LARGEST_FIRST), after=after)
        listed = await services.stripe_events.list(replace(request, page=page))
        for event in listed.nodes:
            yield event
        if not listed.has_next_page:
            return
        limit -= len(listed.nodes)
        after = (listed.nodes[-1].received_at, listed.nodes[-1].id)


def _line(event: StripeEventView) -> str:
    state = click.style(event.state, fg=_COLOURS[event.state])
    whose = event.organization_name or "-"
    parts = [_moment(event.received_at), state, event.id, event.type, whose]
    if event.error:
        parts.append(f"after {event.attempts} attempts: {event.error}")
    return "\t".join(parts)


def _details(event: StripeEventView) -> dict[str, object]:
    """What is known of an event, as it is shown; what is not known is left out."""
    shown: dict[str, object] = {
        "event": event.id,
        "type": event.type,
        "state": event.state,
        "organization": event.organization_name,
        "customer": event.stripe_customer_id,
        "about": event.object_id,
        "api version": _version(event.api_version),
        "created": _moment(event.created_at),
        "received": _moment(event.received_at),
        "closed": event.closed_at and _moment(event.closed_at),
        "failed attempts": event.attempts,
        "next attempt": event.next_attempt_at and _moment(event.next_attempt_at),
        "last error": event.error,
    }
    return {name: value for name, value in shown.items() if value is not None}


def _version(version: str | None) -> str:
    if version == API_VERSION:
        return version
    return f"{version or 'none'} (ours is {API_VERSION}; the objects are fetched in ours)"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _nothing(*, is_filtered: bool) -> str:
    if is_filtered:
        return "No such events. Without filters, all are listed."
    return (
        "No events yet. `seatwise doctor --stripe` tells whether Stripe knows where to send them."
    )


async def _retry_named(services: Services, event_ids: tuple[str, ...]) -> int:
    for event_id in event_ids:
        try:
            await services.stripe_events.retry(event_id)
        except StripeEventNotFound as refusal:
            raise click.ClickException(refusal.message) from refusal
    return len(event_ids)


async def _retry_dead(services: Services) -> int:
    total = await services.stripe_events.count(StripeEventState.DEAD)
    with progress_bar(total, label="events") as bar:
        return await services.stripe_events.retry_dead(advanced=bar.update)
