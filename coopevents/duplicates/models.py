from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coopevents import clock
from coopevents.accounts.models import User
from coopevents.db import Base
from coopevents.directory.models import Organisation, Person


class PersonMerge(Base):
    """Two people were found to be one. Reversible: no row of either is rewritten."""

    __tablename__ = "person_merges"
    __table_args__ = (
        CheckConstraint("kept_id <> merged_id", name="two_people"),
        Index(
            "uq_person_merges_standing",
            "merged_id",
            unique=True,
            postgresql_where="undone_at IS NULL",
        ),
    )

    kept_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    merged_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    reason: Mapped[str]
    merged_at: Mapped[datetime] = mapped_column(default=clock.now)
    merged_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    kept: Mapped[Person] = relationship(foreign_keys=kept_id)
    merged: Mapped[Person] = relationship(foreign_keys=merged_id)
    merged_by: Mapped[User | None] = relationship(foreign_keys=merged_by_id)
    undone_by: Mapped[User | None] = relationship(foreign_keys=undone_by_id)


class OrganisationMerge(Base):
    """An organisation was found to be entered twice. Reversible: no row of either is rewritten.

    It is about entries of the register. What organisations did to each other stands in their
    lineage.
    """

    __tablename__ = "organisation_merges"
    __table_args__ = (
        CheckConstraint("kept_id <> merged_id", name="two_entries"),
        Index(
            "uq_organisation_merges_standing",
            "merged_id",
            unique=True,
            postgresql_where="undone_at IS NULL",
        ),
    )

    kept_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    merged_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    reason: Mapped[str]
    merged_at: Mapped[datetime] = mapped_column(default=clock.now)
    merged_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    kept: Mapped[Organisation] = relationship(foreign_keys=kept_id)
    merged: Mapped[Organisation] = relationship(foreign_keys=merged_id)
    merged_by: Mapped[User | None] = relationship(foreign_keys=merged_by_id)
    undone_by: Mapped[User | None] = relationship(foreign_keys=undone_by_id)


class DistinctPair(Base):
    """Somebody decided that two entries are two: they are proposed no more. May be taken back."""

    __tablename__ = "distinct_pairs"
    __table_args__ = (
        CheckConstraint(
            "num_nonnulls(first_person_id, second_person_id) IN (0, 2)"
            " AND num_nonnulls(first_organisation_id, second_organisation_id) IN (0, 2)"
            " AND num_nonnulls(first_person_id, first_organisation_id) = 1",
            name="one_pair",
        ),
        CheckConstraint(
            "first_person_id < second_person_id OR first_organisation_id < second_organisation_id",
            name="order",
        ),
        Index(
            "uq_distinct_pairs_people",
            "first_person_id",
            "second_person_id",
            unique=True,
            postgresql_where="taken_back_at IS NULL",
        ),
        Index(
            "uq_distinct_pairs_organisations",
            "first_organisation_id",
            "second_organisation_id",
            unique=True,
            postgresql_where="taken_back_at IS NULL",
        ),
    )

    first_person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    second_person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    first_organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    second_organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    reason: Mapped[str]
    decided_at: Mapped[datetime] = mapped_column(default=clock.now)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    taken_back_at: Mapped[datetime | None]
    taken_back_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    decided_by: Mapped[User | None] = relationship(foreign_keys=decided_by_id)
