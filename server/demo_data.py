"""The demo data: people, and two organizations of theirs. Made once, through the services."""

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import select, update

from db import seats
from db.enums import BillingInterval, MemberRole, MemberStatus, SeatBeginning
from db.models import BillingSession, Member, Organization, User
from execution.selection import Selection
from server.demo_people import MEMBERSHIPS
from server.development_issuer.people import DEMO_PEOPLE, Person, subject_of
from server.development_issuer.settings import ISSUER_PATH
from server.sandbox_account import SandboxAccount
from services.actors import Actor
from services.assembly import Services
from services.plan_choices import PlanChoice
from services.principals import UserPrincipal
from services.views import OrganizationView, UserView

_CARD = "4242424242424242"
_PLAN = PlanChoice("PRO", BillingInterval.MONTHLY, 5, None, None)


async def seed(services: Services, *, issuer: str, sandbox: SandboxAccount | None) -> list[str]:
    """Make what is missing; returns what was made. Without a sandbox nobody subscribes."""
    await _follow_issuer(services, issuer)
    people = {person.email: await _identify(services, person, issuer) for person in DEMO_PEOPLE}
    made = []
    for email, (name, role) in MEMBERSHIPS.items():
        if role is MemberRole.OWNER and not await _get(services, name, viewer=people[email]):
            await _create(services, name, owner=people[email])
            made.append(f"organization {name}")
    if sandbox and await _subscribe(services, people["owner@globex.test"], sandbox):
        made.append("subscription of globex")
    return made + await _add_members(services, people)


async def _follow_issuer(services: Services, issuer: str) -> None:
    """The development issuer's name contains the port: its people move with it."""
    async with services.database.begin() as transaction:
        await transaction.session.execute(
            update(User)
            .where(User.issuer.endswith(ISSUER_PATH), User.issuer != issuer)
            .values(issuer=issuer)
        )


async def _identify(services: Services, person: Person, issuer: str) -> UserView:
    return await services.users.identify(
        UserPrincipal(
            issuer=issuer,
            subject=subject_of(person.email),
            email=person.email,
            email_verified=True,
            name=person.name,
            scopes=frozenset(),
            expires_at=datetime.max.replace(tzinfo=UTC),  # no token stands behind it
        )
    )


async def _get(services: Services, name: str, *, viewer: UserView) -> OrganizationView | None:
    return await services.organization_reads.get_by_name(
        name, viewer=viewer, selection=Selection.of("subscription")
    )


async def _create(services: Services, name: str, *, owner: UserView) -> None:
    await services.organizations.create(
        viewer=owner, actor=Actor.user(owner.id), name=name, display_name=name.capitalize()
    )


async def _subscribe(services: Services, owner: UserView, sandbox: SandboxAccount) -> bool:
    """Buy PRO for globex, on the checkout page and with the card that always pays."""
    globex = await _get(services, "globex", viewer=owner)
    assert globex is not None
    if globex.subscription is None:
        await services.sync.sync(globex.id)  # a start that was cut short may have paid already
        globex = await _get(services, "globex", viewer=owner)
    if globex is None or globex.subscription is not None:
        return False
    session_id = await services.billing.select_plan(
        globex.id, _PLAN, viewer=owner, actor=Actor.user(owner.id)
    )
    async with services.database.begin() as transaction:
        checkout = await transaction.session.scalar(
            select(BillingSession.stripe_session_id).where(BillingSession.id == session_id)
        )
    assert checkout is not None
    await sandbox.pay(checkout, card=_CARD)
    await services.sync.sync(globex.id)
    return True


async def _add_members(services: Services, people: Mapping[str, UserView]) -> list[str]:
    """Those who own nothing join straight away, as if they had been invited and had accepted."""
    made = []
    for email, (name, role) in MEMBERSHIPS.items():
        if role is not MemberRole.OWNER and not await _get(services, name, viewer=people[email]):
            await _add_member(services, name, user=people[email], role=role)
            made.append(f"{role.value.lower()} of {name}")
    return made


async def _add_member(services: Services, name: str, *, user: UserView, role: MemberRole) -> None:
    now = services.clock.now()
    async with services.database.begin() as transaction:
        organization_id = await transaction.session.scalar(
            select(Organization.id).where(Organization.name == name).with_for_update()
        )
        assert organization_id is not None
        member = Member(
            organization_id=organization_id,
            user_id=user.id,
            role=role,
            status=MemberStatus.ACTIVE,
            joined_at=now,
        )
        transaction.session.add(member)
        await transaction.session.flush()
        await seats.occupy(
            transaction,
            organization_id,
            member_id=member.id,
            reason=SeatBeginning.INVITATION_ACCEPTED,
            now=now,
        )
        transaction.announce(organization_id, "MEMBERS", "SEATS")
