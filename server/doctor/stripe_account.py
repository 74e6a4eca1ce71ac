"""`seatwise doctor --stripe`: is the Stripe account set up as Seatwise needs it?

Every look only reads, at Stripe or at the sandbox. docs/stripe-account.md tells the steps.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from datetime import timedelta

from server.doctor.finding import Finding, good, note, problem
from server.doctor.stripe_webhooks import look_at_webhooks
from server.running_services import gateway_of
from server.settings import Settings
from services.catalogue import CatalogueFileError, list_differences, read_catalogue_file
from services.stripe_gateway import (
    API_VERSION,
    StripeAccount,
    StripeGateway,
    StripeGatewayError,
    StripeRefusedError,
    StripeUnavailableError,
)

_UNPRECISE, _WRONG = timedelta(seconds=5), timedelta(seconds=60)
_MOST_LISTED = 20
_UNAUTHORIZED, _FORBIDDEN = 401, 403

Look = Callable[[Settings, StripeGateway], Awaitable[list[Finding]]]


async def examine_stripe(settings: Settings) -> list[Finding]:
    """All findings about the account, in a fixed order. Without a usable key there is one."""
    gateway = gateway_of(settings)
    try:
        account = await gateway.get_account()
    except StripeGatewayError as error:
        return [_unusable_key(settings, error)]
    else:
        looks: list[tuple[str, Look]] = [
            ("permissions", _look_at_permissions),
            ("webhooks", look_at_webhooks),
            ("catalogue", _look_at_catalogue),
            ("portal", _look_at_portal),
            ("tax", _look_at_tax),
        ]
        looked = await asyncio.gather(
            *(_try_to_look(name, look, settings, gateway) for name, look in looks)
        )
        found = [*_look_at_account(settings, account), *itertools.chain.from_iterable(looked)]
        return [*found, _look_at_version(account), _look_at_clock(account)]
    finally:
        await gateway.aclose()


def _unusable_key(settings: Settings, error: StripeGatewayError) -> Finding:
    if isinstance(error, StripeUnavailableError) and settings.uses_sandbox:
        text = f"STRIPE_API_KEY is not set, and the sandbox at {settings.sandbox_url}: {error}"
        return problem("key", text, remedy="start `make run`, or set STRIPE_API_KEY")
    if isinstance(error, StripeUnavailableError):
        return problem("key", str(error), remedy="check the network and its proxies")
    if isinstance(error, StripeRefusedError) and error.status == _FORBIDDEN:
        remedy = "give the restricted key read access to what the page lists, or use a secret key"
        return problem("key", f"it may not read the account: {error}", remedy=remedy)
    remedy = "copy the secret key from https://dashboard.stripe.com/apikeys into STRIPE_API_KEY"
    return problem("key", f"Stripe does not accept it: {error}", remedy=remedy)


async def _try_to_look(
    subject: str, look: Look, settings: Settings, gateway: StripeGateway
) -> list[Finding]:
    try:
        return await look(settings, gateway)
    except StripeRefusedError as error:
        remedy = "give the restricted key read access to it, or use a secret key"
        return [problem(subject, f"Stripe refuses to tell: {error}", remedy=remedy)]
    except StripeGatewayError as error:
        return [problem(subject, str(error), remedy="check the network, and look again")]


def _look_at_account(settings: Settings, account: StripeAccount) -> list[Finding]:
    name = f"{account.name or 'without a name'} ({account.id}, {account.country or 'no country'})"
    found = [_look_at_mode(settings), good("account", name)]
    if account.name is None:
        text = "Stripe shows no name of it; without one there is no checkout"
        remedy = "see whether it has one at https://dashboard.stripe.com/settings/account"
        found.append(note("account", text, remedy=remedy))
    if not account.charges_enabled:
        text = "it can't charge yet"
        remedy = "finish its activation at https://dashboard.stripe.com/account/onboarding"
        is_live = _is_live(settings)
        make = problem if is_live else note
        found.append(make("account", text, remedy=remedy))
    return found


def _look_at_mode(settings: Settings) -> Finding:
    if settings.uses_sandbox:
        return good("key", f"the sandbox at {settings.sandbox_url}: nothing is charged")
    if _is_live(settings) and not settings.in_production:
        text = "a live key outside production: real cards are charged"
        return note("key", text, remedy="use the key of a test account while you develop")
    if settings.in_production and not _is_live(settings):
        text = "a test key in production: nobody is charged"
        return note("key", text, remedy="to go live, use the live key and push the catalogue")
    return good("key", "accepted, live" if _is_live(settings) else "accepted, a test account's")


def _is_live(settings: Settings) -> bool:
    key = settings.stripe_api_key
    return key is not None and "_live_" in key.get_secret_value()


async def _look_at_permissions(_: Settings, gateway: StripeGateway) -> list[Finding]:
    if missing := await gateway.list_unreadable():
        remedy = "give the restricted key the permissions that docs/stripe-account.md lists"
        return [problem("permissions", f"may not read {', '.join(missing)}", remedy=remedy)]
    return [good("permissions", "may read what is needed; what it may write shows in use")]


async def _look_at_catalogue(settings: Settings, gateway: StripeGateway) -> list[Finding]:
    try:
        file = read_catalogue_file(settings.catalogue)
    except (CatalogueFileError, OSError) as error:
        return [problem("catalogue", str(error), remedy="mend the file, or set SEATWISE_CATALOGUE")]
    differences = await list_differences(file, gateway)
    if differences:
        text = "; ".join(differences[:_MOST_LISTED])
        return [problem("catalogue", text, remedy="run `seatwise catalog push`")]
    return [good("catalogue", f"Stripe sells what {settings.catalogue} says")]


async def _look_at_portal(_: Settings, gateway: StripeGateway) -> list[Finding]:
    if found := await gateway.find_portal_configuration():
        return [good("portal", f"offers what Seatwise can follow ({found})")]
    text = "no active configuration offers what Seatwise can follow, and no more"
    return [problem("portal", text, remedy="run `seatwise catalog push`")]


async def _look_at_tax(settings: Settings, gateway: StripeGateway) -> list[Finding]:
    if not settings.collect_tax:
        return [note("tax", "is not collected (SEATWISE_COLLECT_TAX)")]
    if missing := await gateway.list_missing_tax_settings():
        text = f"Stripe Tax is not active; it misses {', '.join(missing)}"
        remedy = "fill it in at https://dashboard.stripe.com/settings/tax"
        return [problem("tax", text, remedy=remedy)]
    return [good("tax", "Stripe Tax is active")]


def _look_at_version(account: StripeAccount) -> Finding:
    if account.api_version == API_VERSION:
        return good("API version", API_VERSION)
    text = f"Stripe answers in {account.api_version or 'none'}, we ask for {API_VERSION}"
    return problem("API version", text, remedy="look for a proxy that changes Stripe-Version")


def _look_at_clock(account: StripeAccount) -> Finding:
    skew = account.clock_skew
    if abs(skew) < _UNPRECISE:
        return good("clock", "as Stripe's")
    direction = "ahead of" if skew > timedelta() else "behind"
    text = f"{abs(skew).total_seconds():.0f} s {direction} Stripe's"
    if abs(skew) < _WRONG:
        return note("clock", text, remedy="let NTP set this machine's clock")
    return problem(
        "clock",
        f"{text}: webhooks are refused from 300 s on, and dates are wrong",
        remedy="let NTP set this machine's clock",
    )
