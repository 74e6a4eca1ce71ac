"""One function for each thing that Seatwise needs from outside. None of them changes anything."""

import asyncio
import socket
from urllib.parse import urlsplit

import asyncpg
import httpx

from db import embedded, migrate
from db.urls import asyncpg_dsn
from server.database_in_use import configured_database
from server.doctor.finding import Finding, good, note, problem
from server.graphql_http.document_store import ManifestError, read_manifest
from server.settings import Settings
from server.web_page import WEB_SOURCES
from services.mail.settings import port_of

_SECONDS = 5
_OLDEST_POSTGRES = 15
_STRIPE = "https://api.stripe.com"


async def look_at_database(settings: Settings) -> list[Finding]:
    """Reachable, new enough, migrated; by the pooled and by the direct address."""
    if configured_database(settings):
        given = {
            "DATABASE_URL": settings.database_url,
            "DATABASE_DIRECT_URL": settings.database_direct_url,
        }
        return [
            await _look_at_postgres(name, url.get_secret_value())
            for name, url in given.items()
            if url
        ]
    if embedded.is_running(settings.data_dir):
        return [await _look_at_postgres("database", embedded.url_of(settings.data_dir))]
    return [note("database", f"the embedded Postgres on {settings.data_dir} does not run now")]


async def _look_at_postgres(subject: str, url: str) -> Finding:
    try:
        connection = await asyncpg.connect(asyncpg_dsn(url), timeout=_SECONDS)
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError) as error:
        reason = str(error) or "no answer"
        return problem(subject, reason, remedy="check the address, the account and the network")
    try:
        version = connection.get_server_version()
    finally:
        await connection.close()
    if version.major < _OLDEST_POSTGRES:
        remedy = f"use Postgres {_OLDEST_POSTGRES} or later"
        return problem(subject, f"Postgres {version.major} is too old", remedy=remedy)
    return await _look_at_schema(subject, url, version=version.major)


async def _look_at_schema(subject: str, url: str, *, version: int) -> Finding:
    revision = await migrate.current_revision(url)
    if revision != migrate.head():
        text = f"Postgres {version}, schema at {revision or 'nothing'}, not at {migrate.head()}"
        return problem(subject, text, remedy="run `seatwise migrate`")
    return good(subject, f"Postgres {version}, schema at {revision}")


async def look_at_stripe(settings: Settings) -> list[Finding]:
    """Whether the key is accepted, by Stripe or by the sandbox."""
    subject = "sandbox" if settings.uses_sandbox else "Stripe"
    base, key = _STRIPE, settings.sandbox_api_key
    if settings.stripe_api_key:
        key = settings.stripe_api_key.get_secret_value()
    else:
        base = settings.sandbox_url
    try:
        async with httpx.AsyncClient(timeout=_SECONDS) as client:
            answer = await client.get(
                f"{base}/v1/prices?limit=1", headers={"Authorization": f"Bearer {key}"}
            )
    except httpx.HTTPError as error:
        if settings.uses_sandbox:
            return [note(subject, f"does not run now at {base}")]
        return [problem(subject, f"{base}: {error}", remedy="check the network and its proxies")]
    if answer.is_success:
        return [good(subject, f"{base} accepts the key")]
    text = f"{base} answers {answer.status_code}"
    return [problem(subject, text, remedy="check STRIPE_API_KEY and its permissions")]


async def look_at_issuer(settings: Settings) -> list[Finding]:
    """Whether discovery answers, and with the issuer's own name."""
    url = f"{settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration"
    try:
        async with httpx.AsyncClient(timeout=_SECONDS) as client:
            named = (await client.get(url)).raise_for_status().json()["issuer"]
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        if settings.uses_development_issuer:
            return [note("issuer", "our own, which does not run now")]
        text = f"{url}: {str(error) or 'no answer'}"
        return [problem("issuer", text, remedy="check SEATWISE_OIDC_ISSUER and the network")]
    if named != settings.oidc_issuer:
        remedy = f"set SEATWISE_OIDC_ISSUER={named}"
        return [problem("issuer", f"it calls itself {named}", remedy=remedy)]
    return [good("issuer", settings.oidc_issuer)]


async def look_at_mail(settings: Settings) -> list[Finding]:
    """Whether somebody listens at SMTP_URL; nothing is sent."""
    if not settings.smtp_url:
        return [note("mail", "mails are kept and shown at /dev/mail")]
    parts = urlsplit(settings.smtp_url.get_secret_value())
    try:
        async with asyncio.timeout(_SECONDS):
            _, writer = await asyncio.open_connection(parts.hostname, port_of(parts))
            writer.close()
            await writer.wait_closed()
    except (OSError, ValueError) as error:
        text = f"{parts.hostname}: {str(error) or 'no answer'}"
        return [problem("mail", text, remedy="check SMTP_URL and the network")]
    return [good("mail", f"{parts.hostname} answers"), *_look_at_sender(settings)]


def _look_at_sender(settings: Settings) -> list[Finding]:
    if settings.mail_from != Settings.model_fields["mail_from"].default:
        return []
    text = f"mails come from {settings.mail_from}, which few mail servers take"
    return [problem("sender", text, remedy="set SEATWISE_MAIL_FROM to an address of yours")]


async def look_at_ports(settings: Settings) -> list[Finding]:
    """Whether our ports are free, or ours already."""
    findings = [await _look_at_port("PORT", settings.port)]
    if settings.uses_sandbox:
        findings.append(await _look_at_port("SEATWISE_SANDBOX_PORT", settings.sandbox_port))
    return findings


async def _look_at_port(variable: str, port: int) -> Finding:
    with socket.socket() as probe:
        probe.settimeout(_SECONDS)
        if probe.connect_ex(("127.0.0.1", port)):
            return good(variable, f"port {port} is free")
    try:
        async with httpx.AsyncClient(timeout=_SECONDS) as client:
            answer = await client.get(f"http://127.0.0.1:{port}/healthz")
            is_ours = answer.text.replace(" ", "") == '{"status":"ok"}'
    except httpx.HTTPError:
        is_ours = False
    if is_ours:
        return good(variable, f"port {port} is served by Seatwise")
    return problem(variable, f"port {port} is in use by another program", remedy=f"set {variable}")


async def look_at_documents(settings: Settings) -> list[Finding]:
    """Whether the manifest of trusted documents can be read, if there is to be one."""
    path = settings.graphql.trusted_documents
    if path is None:
        return []
    try:
        count = len(read_manifest(path))
    except ManifestError as error:
        remedy = "mend the file, or set SEATWISE_GRAPHQL_TRUSTED_DOCUMENTS"
        return [problem("trusted documents", str(error), remedy=remedy)]
    return [good("trusted documents", f"{count} in {path}")]


async def look_at_pages() -> list[Finding]:
    """Whether the pages of the browser are built."""
    missing = [
        name
        for name in ("ide", "portal")
        if not (WEB_SOURCES / name / "dist" / "index.html").is_file()
    ]
    if missing:
        return [problem("pages", f"not built: {', '.join(missing)}", remedy="run `make web`")]
    return [good("pages", "built")]
