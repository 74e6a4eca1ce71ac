"""Making organizations and changing them."""

import re
import unicodedata
from collections.abc import Mapping
from typing import TypedDict
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from db import organizations, seats
from db.database import Database, Transaction
from db.enums import MemberRole, MemberStatus, SeatBeginning
from db.models import Member, Organization
from db.models.people import ORGANIZATION_NAME_PATTERN
from services import audit
from services.actors import Actor
from services.addresses import checked_address
from services.clock import Clock
from services.idempotency import IdempotentCall
from services.jobs import PUSH_CUSTOMER
from services.permissions import Membership, OrganizationAction, require
from services.refusals import InvalidInput, OrganizationNameTaken, OrganizationNotFound
from services.views import UserView

LONGEST_DISPLAY_NAME = 200
UNPRINTABLE = {"Cc", "Cs", "Zl", "Zp"}
"""Controls, halves of characters, ends of lines: a name stands in one line, also in mails."""
INVISIBLE = {"Cf", "Mn", "Zs"}
BIDI_CONTROLS = frozenset(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))
"""They turn around the text that follows, beyond the name (https://unicode.org/reports/tr36/)."""


class OrganizationChanges(TypedDict, total=False):
    """What is to be changed: a key that is left out stays as it is."""

    display_name: str
    billing_email: str | None
    """None: Stripe has no address to send invoices to."""


class OrganizationService:
    """Each method is one transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def create(
        self,
        *,
        viewer: UserView,
        actor: Actor,
        name: str,
        display_name: str,
        idempotency_key: str | None = None,
    ) -> UUID:
        """Make an organization on the free plan, owned by the viewer, who takes seat 1."""
        _check_name(name)
        display_name = _checked_display_name(display_name)
        call = IdempotentCall(
            idempotency_key,
            viewer.id,
            None,
            "createOrganization",
            {"name": name, "displayName": display_name},
        )
        try:
            async with self._database.begin() as transaction:
                now = self._clock.now()
                if answer := await call.answer(transaction, now=now):
                    return UUID(answer["organizationId"])
                organization = Organization(
                    name=name, display_name=display_name, billing_email=viewer.email, created_at=now
                )
                transaction.session.add(organization)
                await transaction.session.flush()
                await self._add_owner(transaction, organization, viewer=viewer)
                audit.record(
                    transaction,
                    organization.id,
                    actor=actor,
                    action="organization.created",
                    target=("Organization", organization.id),
                    at=now,
                    after={"name": name, "displayName": display_name},
                )
                answer = {"organizationId": str(organization.id)}
                await call.remember(transaction, answer, now=now)
                return organization.id
        except IntegrityError as error:
            if "uq_organizations_name" in str(error.orig):
                raise OrganizationNameTaken(name) from None
            raise

    async def _add_owner(
        self, transaction: Transaction, organization: Organization, *, viewer: UserView
    ) -> None:
        owner = Member(
            organization_id=organization.id,
            user_id=viewer.id,
            role=MemberRole.OWNER,
            status=MemberStatus.ACTIVE,
            joined_at=organization.created_at,
        )
        transaction.session.add(owner)
        await transaction.session.flush()
        await seats.occupy(
            transaction,
            organization.id,
            member_id=owner.id,
            reason=SeatBeginning.ORGANIZATION_CREATED,
            now=organization.created_at,
        )

    async def update(
        self,
        organization_id: UUID,
        *,
        viewer: UserView,
        actor: Actor,
        wanted: OrganizationChanges,
    ) -> None:
        """Change what is given; Stripe's customer follows the billing address by a job."""
        changes = _checked_changes(wanted)
        async with self._database.begin() as transaction:
            organization, membership = await lock_as_member(
                transaction, organization_id, viewer=viewer
            )
            require(OrganizationAction.UPDATE_ORGANIZATION, membership)
            before = {name: getattr(organization, name) for name in changes}
            if before == changes:
                return
            for name, value in changes.items():
                setattr(organization, name, value)
            audit.record(
                transaction,
                organization_id,
                actor=actor,
                action="organization.updated",
                target=("Organization", organization_id),
                at=self._clock.now(),
                before=_in_words_of_the_contract(before),
                after=_in_words_of_the_contract(changes),
            )
            transaction.announce(organization_id, "ORGANIZATION")
            if organization.stripe_customer_id is not None:
                payload = {"organization_id": str(organization_id)}
                await transaction.enqueue(PUSH_CUSTOMER, payload)


async def lock_as_member(
    transaction: Transaction, organization_id: UUID, *, viewer: UserView
) -> tuple[Organization, Membership]:
    """Lock the organization in its member's name; `OrganizationNotFound` for everybody else."""
    found = await organizations.lock_for_member(transaction, organization_id, user_id=viewer.id)
    if found is None:
        raise OrganizationNotFound
    return found


def _check_name(name: str) -> None:
    if not re.fullmatch(ORGANIZATION_NAME_PATTERN, name):
        raise InvalidInput(
            "name", "has to have 1 to 63 lower-case letters, digits, hyphens or underscores"
        )


def _checked_display_name(display_name: str) -> str:
    stripped = display_name.strip()
    if not 1 <= len(stripped) <= LONGEST_DISPLAY_NAME:
        problem = f"has to have 1 to {LONGEST_DISPLAY_NAME} characters"
        raise InvalidInput("displayName", problem)
    for character in stripped:
        if character in BIDI_CONTROLS or unicodedata.category(character) in UNPRINTABLE:
            raise InvalidInput(
                "displayName", f"may not contain the character U+{ord(character):04X}"
            )
    if all(unicodedata.category(one) in INVISIBLE for one in stripped):
        raise InvalidInput("displayName", "has to have a character that can be seen")
    return stripped


def _checked_changes(wanted: OrganizationChanges) -> OrganizationChanges:
    changes = wanted.copy()
    if "display_name" in changes:
        changes["display_name"] = _checked_display_name(changes["display_name"])
    if (address := changes.get("billing_email")) is not None:
        changes["billing_email"] = checked_address("billingEmail", address)
    return changes


def _in_words_of_the_contract(changes: Mapping[str, object]) -> dict[str, object]:
    names = {"display_name": "displayName", "billing_email": "billingEmail"}
    return {names[key]: value for key, value in changes.items()}
