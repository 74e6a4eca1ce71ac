"""Looks at everything that the settings point to, at once."""

import asyncio
import itertools

from server.doctor.finding import Finding, problem
from server.doctor.looks import (
    look_at_database,
    look_at_documents,
    look_at_issuer,
    look_at_mail,
    look_at_pages,
    look_at_ports,
    look_at_stripe,
)
from server.doctor.settings_list import list_settings
from server.doctor.spelling import look_at_spelling
from server.settings import Settings


async def examine(settings: Settings) -> list[Finding]:
    """All findings, in an order that does not depend on who answers first."""
    refusals = [
        problem("production", text, remedy="set it; production does not start without")
        for text in settings.production_problems()
    ]
    looked = await asyncio.gather(
        look_at_database(settings),
        look_at_stripe(settings),
        look_at_issuer(settings),
        look_at_mail(settings),
        look_at_ports(settings),
        look_at_pages(),
        look_at_documents(settings),
    )
    misspelt = look_at_spelling(line.variable for line in list_settings(settings))
    return [*refusals, *itertools.chain.from_iterable(looked), *misspelt]
