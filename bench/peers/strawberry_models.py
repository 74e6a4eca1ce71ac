"""The tables as the Strawberry peer maps them: what its operations need of them."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import DateTime, ForeignKey, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """All of them."""

    type_annotation_map = {UUID: Uuid(), datetime: DateTime(timezone=True), dict[str, Any]: JSONB}


class User(Base):
    """Somebody who signed in."""

    __tablename__ = "users"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    issuer: Mapped[str]
    subject: Mapped[str]
    name: Mapped[str | None]
    email: Mapped[str | None]


class Organization(Base):
    """A company."""

    __tablename__ = "organizations"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    display_name: Mapped[str]
    deleted_at: Mapped[datetime | None]


class Member(Base):
    """A user in an organization."""

    __tablename__ = "members"
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    role: Mapped[str]
    status: Mapped[str]
    joined_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    organization: Mapped[Organization] = relationship(lazy="raise")


class Plan(Base):
    """What can be bought."""

    __tablename__ = "plans"
    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    maximum_seats: Mapped[int]


class Price(Base):
    """For how much."""

    __tablename__ = "prices"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    interval: Mapped[str]
    unit_amount: Mapped[int]
    currency: Mapped[str]


class Subscription(Base):
    """What was bought."""

    __tablename__ = "subscriptions"
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    is_current: Mapped[bool]
    status: Mapped[str]
    seats: Mapped[int]
    current_period_end: Mapped[datetime]
    plan_code: Mapped[str] = mapped_column(ForeignKey(Plan.code))
    price_id: Mapped[UUID] = mapped_column(ForeignKey(Price.id))
    plan: Mapped[Plan] = relationship(lazy="raise")
    price: Mapped[Price] = relationship(lazy="raise")


class Seat(Base):
    """What a member sits on."""

    __tablename__ = "seats"
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID | None]
    number: Mapped[int]
    state: Mapped[str]
    expires_at: Mapped[datetime | None]
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str | None]


class AuditEvent(Base):
    """What happened."""

    __tablename__ = "audit_events"
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_user_id: Mapped[UUID]
    action: Mapped[str]
    target_type: Mapped[str]
    target_id: Mapped[UUID]
    before: Mapped[dict[str, Any]]
