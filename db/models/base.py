"""What every table shares: names of constraints, types of columns, the key of tenant tables."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Enum, ForeignKey, MetaData, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from db.ids import new_id

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The declarative base: text for str, time stamps with a zone, 64-bit integers."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text,
        int: BigInteger,
        datetime: TIMESTAMP(timezone=True),
        dict[str, Any]: JSONB,
        UUID: Uuid,
    }


class Tenant:
    """A row that belongs to an organization.

    The key begins with the organization, so foreign keys between tenant tables cannot cross
    organizations, and the database can later be spread by organization (design, section 6).
    """

    organization_id: Mapped[UUID] = mapped_column(
        ForeignKey("organizations.id", ondelete="RESTRICT"), primary_key=True, sort_order=-2
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id, sort_order=-1)


def words(enum: type[StrEnum], *, name: str) -> Enum:
    """A text column that holds one of the enum's values, kept by a check constraint."""
    return Enum(
        enum,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )
