"""Users, organizations, members, invitations and the seat ledger."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.enums import (
    DeactivationReason,
    InvitationStatus,
    MemberRole,
    MemberStatus,
    SeatBeginning,
    SeatEnding,
    SeatState,
)
from db.ids import new_id
from db.models.base import Base, Tenant, words

ORGANIZATION_NAME_PATTERN = "^[a-z0-9_-]{1,63}$"


class User(Base):
    """A person, made at first sight of a token; keyed by issuer and subject, never by e-mail."""

    __tablename__ = "users"
    __table_args__ = (
        UniqueConstraint("issuer", "subject"),
        Index("ix_users_email_key", "email_key"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    issuer: Mapped[str]
    subject: Mapped[str]
    email: Mapped[str | None]
    email_key: Mapped[str | None]
    """The address folded as an invitation's is, so that the two can be compared."""
    email_verified: Mapped[bool] = mapped_column(server_default=text("false"))
    name: Mapped[str | None]
    created_at: Mapped[datetime]


class Organization(Base):
    """A company or team. It owns the Stripe customer; no person does."""

    __tablename__ = "organizations"
    __table_args__ = (
        CheckConstraint(f"name ~ '{ORGANIZATION_NAME_PATTERN}'", name="name_format"),
        CheckConstraint("length(display_name) between 1 and 200", name="display_name_length"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(unique=True)
    display_name: Mapped[str]
    billing_email: Mapped[str | None]
    stripe_customer_id: Mapped[str | None] = mapped_column(unique=True)
    currency: Mapped[str | None]
    """What its first purchase was charged in; it is kept."""
    trial_began_at: Mapped[datetime | None]
    """There is one trial per organization, ever."""
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    synced_ticket: Mapped[int] = mapped_column(server_default=text("0"))
    """The ticket of the newest fetch from Stripe that was written (B1)."""
    synced_at: Mapped[datetime | None]


class Member(Tenant, Base):
    """One user in one organization. A removed member's row stays, for ledger and audit log."""

    __tablename__ = "members"
    __table_args__ = (
        Index(
            "uq_members_organization_id_user_id",
            "organization_id",
            "user_id",
            unique=True,
            postgresql_where=text("removed_at IS NULL"),
        ),
        Index(
            "uq_members_one_owner",
            "organization_id",
            unique=True,
            postgresql_where=text("role = 'OWNER' AND removed_at IS NULL"),
        ),
        Index("ix_members_user_id", "user_id", postgresql_where=text("removed_at IS NULL")),
        Index("ix_members_organization_id_joined_at", "organization_id", "joined_at", "id"),
        CheckConstraint(
            "(status = 'DEACTIVATED') = (deactivated_at IS NOT NULL)"
            " AND (deactivated_at IS NULL) = (deactivation_reason IS NULL)",
            name="deactivation",
        ),
        CheckConstraint("role <> 'OWNER' OR status = 'ACTIVE'", name="owner_is_active"),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    role: Mapped[MemberRole] = mapped_column(words(MemberRole, name="role"))
    status: Mapped[MemberStatus] = mapped_column(
        words(MemberStatus, name="status"), default=MemberStatus.ACTIVE
    )
    deactivation_reason: Mapped[DeactivationReason | None] = mapped_column(
        words(DeactivationReason, name="deactivation_reason")
    )
    deactivated_at: Mapped[datetime | None]
    joined_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(lazy="raise")


class Invitation(Tenant, Base):
    """An open offer to join, sent by e-mail. Only the hash of its token is stored."""

    __tablename__ = "invitations"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "invited_by"], ["members.organization_id", "members.id"]
        ),
        Index(
            "uq_invitations_one_pending_per_address",
            "organization_id",
            "email_key",
            unique=True,
            postgresql_where=text("status = 'PENDING'"),
        ),
        Index("ix_invitations_organization_id_created_at", "organization_id", "created_at", "id"),
        CheckConstraint("role <> 'OWNER'", name="nobody_is_invited_as_owner"),
        CheckConstraint("(status = 'PENDING') = (closed_at IS NULL)", name="closing"),
    )

    email: Mapped[str]
    email_key: Mapped[str]
    """The address folded (Unicode NFKC, case), by which addresses are compared."""
    role: Mapped[MemberRole] = mapped_column(words(MemberRole, name="role"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    status: Mapped[InvitationStatus] = mapped_column(words(InvitationStatus, name="status"))
    invited_by: Mapped[UUID]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime]
    """When the mail was last sent; each sending has a token and an expiry of its own."""
    delivery_failure: Mapped[str | None]
    """Why the mail of this sending was given up."""
    expires_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class Seat(Tenant, Base):
    """A row of the seat ledger: who held a seat, from when to when, and why (S4).

    A row is closed once and never otherwise changed or deleted; a trigger holds it.
    """

    __tablename__ = "seats"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "member_id"], ["members.organization_id", "members.id"]
        ),
        ForeignKeyConstraint(
            ["organization_id", "invitation_id"], ["invitations.organization_id", "invitations.id"]
        ),
        Index(
            "uq_seats_one_open_per_number",
            "organization_id",
            "number",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(
            "uq_seats_one_open_per_member",
            "organization_id",
            "member_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL AND member_id IS NOT NULL"),
        ),
        Index(
            "uq_seats_one_open_per_invitation",
            "organization_id",
            "invitation_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL AND invitation_id IS NOT NULL"),
        ),
        Index("ix_seats_organization_id_began_at", "organization_id", "began_at", "id"),
        CheckConstraint("number >= 1", name="number_from_one"),
        CheckConstraint(
            "CASE state WHEN 'OCCUPIED' THEN member_id IS NOT NULL AND invitation_id IS NULL"
            " ELSE invitation_id IS NOT NULL AND member_id IS NULL AND expires_at IS NOT NULL END",
            name="holder",
        ),
        CheckConstraint(
            "state = 'RESERVED' OR expires_at IS NULL", name="only_reservations_expire"
        ),
        CheckConstraint("(ended_at IS NULL) = (ended_reason IS NULL)", name="ending"),
        CheckConstraint("ended_at >= began_at", name="ends_after_it_began"),
    )

    number: Mapped[int] = mapped_column(Integer)
    state: Mapped[SeatState] = mapped_column(words(SeatState, name="state"))
    member_id: Mapped[UUID | None]
    invitation_id: Mapped[UUID | None]
    expires_at: Mapped[datetime | None]
    """When a reservation ends by itself: its invitation's expiry."""
    began_at: Mapped[datetime]
    began_reason: Mapped[SeatBeginning] = mapped_column(words(SeatBeginning, name="began_reason"))
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[SeatEnding | None] = mapped_column(words(SeatEnding, name="ended_reason"))
