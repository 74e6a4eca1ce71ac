"""What a newcomer sees when everything runs."""

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
    -H "Authorization: Bearer $(.venv/bin/seatwise token --email owner@acme.test)" \\
    -d '{{"query": "{_OPERATION}"}}'
"""


def _table(lines: dict[str, str]) -> str:
    width = max(map(len, lines))
    return "\n".join(f"  {name:{width}}  {text}" for name, text in lines.items())
