"""What a newcomer sees when everything runs."""

import os
import shlex

from server.development_issuer.people import DEMO_PEOPLE
from server.settings import Settings

_OPERATION = "{ viewer { email organizations { nodes { name plan { code } } } } }"


def screen(settings: Settings) -> str:
    """Where everything is, who can sign in, and a first operation."""
    url = settings.public_url
    places = {
        "IDE": f"{url}/graphql",
        "Portal": f"{url}/portal",
        "Sandbox": f"{settings.sandbox_url}  (stands in for Stripe, no money moves)"
        if settings.uses_sandbox
        else "none: STRIPE_API_KEY is set",
        "Mail": f"{url}/dev/mail" if settings.keeps_mail else "SMTP_URL",
        "Database": "DATABASE_URL" if settings.database_url else f"{settings.data_dir}/postgres",
    }
    people = {person.email: person.description for person in DEMO_PEOPLE}
    return f"""
Seatwise runs. Ctrl-C stops everything.

{_table(places)}

Who can sign in, without a password:

{_table(people)}

A first operation, for the IDE:

  {_OPERATION}

or for a terminal:

  curl {url}/graphql -H 'Content-Type: application/json' \\
    -H "Authorization: Bearer $({_moved()}.venv/bin/seatwise token --email owner@acme.test)" \\
    -d '{{"query": "{_OPERATION}"}}'
"""


def _moved() -> str:
    """What another terminal has to be told to speak of this copy and not of the usual one."""
    told = ("PORT", "SEATWISE_DATA_DIR")
    return "".join(
        f"{name}={shlex.quote(os.environ[name])} " for name in told if name in os.environ
    )


def _table(lines: dict[str, str]) -> str:
    width = max(map(len, lines))
    return "\n".join(f"  {name:{width}}  {text}" for name, text in lines.items())
