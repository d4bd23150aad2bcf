from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coopevents.db import Base


class UnitLevel(StrEnum):
    PROVINCE = "province"
    DISTRICT = "district"
    """Abolished on 2025-07-01; kept so that an old commune can name its former district."""
    COMMUNE = "commune"


class SuccessionKind(StrEnum):
    WHOLE = "whole"
    MAIN_PART = "main part"
    PART = "part"


class AdministrativeUnit(Base):
    """A province, a former district or a commune, for the days it existed.

    A code was given to another unit after the reform of 2025-07-01: code and validity together
    name a unit, the code alone does not.
    """

    __tablename__ = "administrative_units"
    __table_args__ = (
        UniqueConstraint("code", "level", "valid_to", postgresql_nulls_not_distinct=True),
        CheckConstraint("valid_to >= valid_from", name="validity"),
        Index("ix_administrative_units_fold", "level", "name_fold"),
    )

    code: Mapped[str]
    name: Mapped[str]
    name_fold: Mapped[str]
    level: Mapped[UnitLevel]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("administrative_units.id"), index=True)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]

    parent: Mapped["AdministrativeUnit | None"] = relationship(remote_side="AdministrativeUnit.id")

    def __repr__(self) -> str:
        return f"<AdministrativeUnit {self.code} {self.name}>"


class AdministrativeSuccession(Base):
    """What became of a unit: it went whole, or in parts, into another."""

    __tablename__ = "administrative_successions"
    __table_args__ = (UniqueConstraint("old_id", "new_id"),)

    old_id: Mapped[int] = mapped_column(ForeignKey("administrative_units.id"))
    new_id: Mapped[int] = mapped_column(ForeignKey("administrative_units.id"), index=True)
    kind: Mapped[SuccessionKind]
