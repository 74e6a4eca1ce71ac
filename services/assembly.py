"""All services of a process, put together once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from db.database import Database
from services.access import AccessService
from services.acting import Acts
from services.audit_log import AuditLogService
from services.billing import BillingService
from services.billing_health import BillingHealthService
from services.billing_portal import BillingPortalService
from services.billing_sessions import BillingSessionService
from services.billing_steps import BillingSteps
from services.cancellations import CancellationService
from services.catalogue import Catalogue
from services.change_previews import ChangePreviews
from services.clock import Clock
from services.customers import CustomerService
from services.expiry import ExpiryService
from services.inbox import InboxService
from services.intents import IntentService
from services.invitation_answers import InvitationAnswerService
from services.invitation_reads import InvitationReads
from services.invitation_sending import InvitationSending
from services.invitations import InvitationService
from services.invoices import InvoiceService
from services.limited_actions import LimitedAction, RateLimit
from services.mail import MailService, MailSettings, Outbox
from services.members import MemberService
from services.memberships import MembershipService
from services.notices import NoticeService
from services.organization_deletion import OrganizationDeletionService
from services.organization_reads import OrganizationReads
from services.organizations import OrganizationService
from services.plan_changes import PlanChangeService
from services.quotes import QuoteService
from services.rate_limits import RateLimits
from services.reconciler import ReconcilerService
from services.return_urls import ReturnURLs
from services.schedule_release import ScheduleReleaseService
from services.seat_history import SeatHistoryService
from services.seats import SeatService
from services.stripe_events import StripeEventService
from services.stripe_gateway import StripeGateway
from services.sync import SyncService
from services.updates import UpdateHub
from services.users import UserService


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """What the services have to be told."""

    grace: timedelta
    default_currency: str
    default_return_url: str
    return_origins: Sequence[str]
    collects_tax: bool = False
    """Whether checkouts ask for address and tax id, and Stripe adds the tax."""
    stripe_deadline: timedelta = timedelta(seconds=8)
    """How long a mutation waits for Stripe, all calls together, before it refuses."""
    invitation_lifetime: timedelta = timedelta(days=7)
    invitations_per_hour: int = 100
    """How many invitations an organization may send, of real time."""
    events_kept_for: timedelta = timedelta(days=90)
    """How long webhook events that ended well stay in the inbox."""
    mail: MailSettings = field(default_factory=MailSettings)
    rate_limits: Mapping[LimitedAction, RateLimit] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What happens in Seatwise, for resolvers, jobs and the command line."""

    database: Database
    clock: Clock
    catalogue: Catalogue
    updates: UpdateHub
    users: UserService
    organizations: OrganizationService
    organization_reads: OrganizationReads
    organization_deletion: OrganizationDeletionService
    members: MemberService
    memberships: MembershipService
    invitations: InvitationService
    invitation_answers: InvitationAnswerService
    invitation_reads: InvitationReads
    seats: SeatService
    seat_history: SeatHistoryService
    audit_log: AuditLogService
    mail: MailService
    notices: NoticeService
    access: AccessService
    expiry: ExpiryService
    billing: BillingService
    billing_portal: BillingPortalService
    billing_sessions: BillingSessionService
    invoices: InvoiceService
    quotes: QuoteService
    plan_changes: PlanChangeService
    cancellations: CancellationService
    schedule_release: ScheduleReleaseService
    customers: CustomerService
    intents: IntentService
    sync: SyncService
    inbox: InboxService
    stripe_events: StripeEventService
    rate_limits: RateLimits
    reconciler: ReconcilerService
    billing_health: BillingHealthService


def build_services(
    database: Database,
    gateway: StripeGateway,
    clock: Clock,
    settings: ServiceSettings,
    *,
    background_gateway: StripeGateway | None = None,
) -> Services:
    """The services on one database and one Stripe account.

    `background_gateway` is the same account, asked slowly: for what nobody waits for.
    """
    background = background_gateway or gateway
    catalogue = Catalogue(database, gateway, clock)
    intents = IntentService(database, gateway, clock)
    sync = SyncService(database, gateway, clock, catalogue, grace=settings.grace)
    schedule_release = ScheduleReleaseService(database, intents, sync)
    acts = Acts(database, clock, catalogue)
    members = MemberService(database)
    steps = BillingSteps(acts, intents, sync, deadline=settings.stripe_deadline)
    quotes = QuoteService(
        database,
        clock,
        catalogue,
        steps,
        previews=ChangePreviews(gateway),
        member_service=members,
        deadline=settings.stripe_deadline,
    )
    return_urls = ReturnURLs(
        default=settings.default_return_url, allowed_origins=settings.return_origins
    )
    return Services(
        database=database,
        clock=clock,
        catalogue=catalogue,
        updates=UpdateHub(),
        users=UserService(database, clock),
        organizations=OrganizationService(database, clock),
        organization_reads=OrganizationReads(database, clock, catalogue),
        organization_deletion=OrganizationDeletionService(
            acts, intents, sync, deadline=settings.stripe_deadline
        ),
        members=members,
        memberships=MembershipService(acts),
        invitations=InvitationService(
            acts,
            InvitationSending(Outbox(settings.mail), settings.invitations_per_hour),
            lifetime=settings.invitation_lifetime,
        ),
        invitation_answers=InvitationAnswerService(database, clock, catalogue),
        invitation_reads=InvitationReads(database, clock),
        seats=SeatService(database, clock),
        seat_history=SeatHistoryService(database, clock),
        audit_log=AuditLogService(database),
        mail=MailService(database, clock, settings.mail),
        notices=NoticeService(database, Outbox(settings.mail)),
        access=AccessService(database),
        expiry=ExpiryService(database, clock),
        billing=BillingService(
            database,
            clock,
            catalogue,
            intents,
            sync,
            return_urls=return_urls,
            default_currency=settings.default_currency,
            collects_tax=settings.collects_tax,
            promotion_codes=gateway,
            deadline=settings.stripe_deadline,
        ),
        billing_portal=BillingPortalService(
            database, intents, sync, return_urls=return_urls, deadline=settings.stripe_deadline
        ),
        billing_sessions=BillingSessionService(database),
        invoices=InvoiceService(database),
        quotes=quotes,
        plan_changes=PlanChangeService(
            steps,
            quotes,
            catalogue,
            return_urls=return_urls,
            deadline=settings.stripe_deadline,
        ),
        cancellations=CancellationService(steps),
        schedule_release=schedule_release,
        customers=CustomerService(database, intents),
        intents=intents,
        sync=sync,
        inbox=InboxService(database, gateway, clock, sync),
        stripe_events=StripeEventService(database, clock, kept_for=settings.events_kept_for),
        rate_limits=RateLimits(database, settings.rate_limits),
        reconciler=ReconcilerService(
            database,
            background,
            clock,
            catalogue,
            sync_service=SyncService(database, background, clock, catalogue, grace=settings.grace),
            schedule_release=schedule_release,
        ),
        billing_health=BillingHealthService(database, clock),
    )
