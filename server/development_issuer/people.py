"""The people of the development issuer: those of the demo data, and whoever has an address."""

from uuid import UUID, uuid5

from email_validator import EmailNotValidError, validate_email
from pydantic import BaseModel, ConfigDict

_NAMESPACE = UUID("5f7f4a0e-64d5-4f0c-9c86-6b1f7f3a9f52")


class Person(BaseModel):
    """Somebody who can be chosen on the sign-in page."""

    model_config = ConfigDict(frozen=True)

    email: str
    name: str
    description: str


DEMO_PEOPLE = (
    Person(email="owner@acme.test", name="Ada Acme", description="Owns acme, which has no plan"),
    Person(email="owner@globex.test", name="Olga Globex", description="Owns globex, on PRO"),
    Person(email="admin@globex.test", name="Amir Globex", description="Admin of globex"),
    Person(
        email="collaborator@globex.test", name="Cleo Globex", description="Collaborator in globex"
    ),
    Person(email="outsider@example.test", name="Oskar Outsider", description="Belongs nowhere"),
)


def subject_of(email: str) -> str:
    """The `sub` of an address: the same on every machine and after every restart."""
    return str(uuid5(_NAMESPACE, normal_email(email)))


def normal_email(email: str) -> str:
    """An address in one spelling.

    Raises:
        ValueError: it is none; the message says why, for people.
    """
    try:
        valid = validate_email(email.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise ValueError(str(error)) from error
    return valid.normalized.lower()


def name_of(email: str, *, people: tuple[Person, ...] = DEMO_PEOPLE) -> str:
    """A name for an address: the demo person's, or one made of what stands before the @."""
    known = {person.email: person.name for person in people}
    local_part = email.partition("@")[0]
    return known.get(email) or local_part.replace(".", " ").replace("_", " ").title()
