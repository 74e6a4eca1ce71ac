"""The services of one process, as its settings say, from start to end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from db.database import Database
from server.migrated import require_migrated
from server.settings import Settings
from server.stopping import stopping, unless
from server.telemetry.counting import count_stripe_call
from server.telemetry.telemetry import SILENT, Telemetry
from services.assembly import Services, ServiceSettings, build_services
from services.clock import Clock
from services.mail import MailSettings
from services.stripe_gateway import CallObserver, StripeHTTPGateway

PATIENCE = 30.0
"""Seconds for one answer of Stripe where nobody waits for it: a page of a list takes its time."""

RETURN_PAGE = "/portal"
"""Where Stripe sends people back to when the client named no page of its own."""

ORGANIZATION_PAGE = "/portal/organizations/{name}"
"""Where our mails lead those who have to do something."""


@asynccontextmanager
async def running_services(
    settings: Settings, *, database_url: str, telemetry: Telemetry = SILENT
) -> AsyncIterator[Services]:
    """Connect, and give everything back at the end.

    Raises `StartError` for a database that is not migrated or does not answer (`StoppedError` when
    a signal ends the process first), the driver's error when it is not there. Stripe is not asked:
    a server starts, and answers reads, while Stripe is down.
    """
    patience = settings.database_wait_seconds
    with stopping() as is_stopping:
        await unless(is_stopping, require_migrated(database_url, patience=patience))
    database = Database(
        database_url,
        read_connections=settings.read_connections,
        write_connections=settings.write_connections,
        prepared_statements=settings.prepared_statements,
        on_statement=telemetry.on_statement,
        job_headers=telemetry.job_headers,
    )
    gateway = gateway_of(settings, observer=telemetry.on_stripe_call)
    background_gateway = gateway_of(
        settings,
        observer=telemetry.on_stripe_call,
        calls_per_second=settings.reconcile_calls_per_second,
        timeout_seconds=PATIENCE,
    )
    clock = Clock(movable=not settings.in_production)
    services = build_services(
        database,
        gateway,
        clock,
        _service_settings(settings),
        background_gateway=background_gateway,
    )
    try:
        with stopping() as is_stopping:
            await unless(is_stopping, database.open())
            await unless(is_stopping, clock.refresh(database))
        yield services
    finally:
        await gateway.aclose()
        await background_gateway.aclose()
        await database.close()


def gateway_of(
    settings: Settings, *, observer: CallObserver = count_stripe_call, **pace: Any
) -> StripeHTTPGateway:
    """The way to the Stripe account of these settings, or to the sandbox."""
    if settings.stripe_api_key is None:
        return StripeHTTPGateway(
            settings.sandbox_api_key,
            base_url=settings.sandbox_url,
            webhook_secrets=settings.webhook_secrets,
            observer=observer,
            **pace,
        )
    return StripeHTTPGateway(
        settings.stripe_api_key.get_secret_value(),
        webhook_secrets=settings.webhook_secrets,
        observer=observer,
        **pace,
    )


def _service_settings(settings: Settings) -> ServiceSettings:
    return ServiceSettings(
        grace=settings.grace,
        default_currency=settings.default_currency,
        default_return_url=f"{settings.public_url}{RETURN_PAGE}",
        return_origins=sorted(settings.allowed_return_origins),
        collects_tax=settings.collect_tax,
        invitation_lifetime=settings.invitation_lifetime,
        invitations_per_hour=settings.invitations_per_hour,
        events_kept_for=settings.events_kept_for,
        rate_limits=settings.rate_limits.limits() if settings.limits_rates else {},
        mail=MailSettings(
            sender=settings.mail_from,
            smtp_url=settings.smtp_url.get_secret_value() if settings.smtp_url else None,
            invitation_url=settings.invitation_url,
            organization_url=f"{settings.public_url}{ORGANIZATION_PAGE}",
        ),
    )
