from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coopevents import clock
from coopevents.accounts.models import User
from coopevents.db import Base
from coopevents.directory.models import Organisation
from coopevents.outcomes.jobs.halves import HalfYear


class CountSource(StrEnum):
    """Where a count of jobs was taken from."""

    OWN_REPORT = "own_report"
    VISIT = "visit"
    OFFICIAL_LIST = "official_list"
    """A list of the tax or the social insurance office."""
    IMPORT = "import"
    OTHER = "other"


class JobCount(Base):
    """How many women had a job in an organisation in a half-year: told once, corrected by rows.

    A row without numbers withdraws the one it corrects: nothing is known then, which is not zero.
    The row nobody corrects stands.
    """

    __tablename__ = "job_counts"
    __table_args__ = (
        CheckConstraint("half IN (1, 2)", name="half"),
        CheckConstraint("year BETWEEN 2000 AND 2099", name="year"),
        CheckConstraint(
            "num_nonnulls(women_members, women_workers, women_both) IN (0, 3)", name="all_or_none"
        ),
        CheckConstraint(
            "women_both >= 0 AND women_both <= LEAST(women_members, women_workers)",
            name="both_are_each",
        ),
        CheckConstraint(
            "women_members <= 100000 AND women_workers <= 100000", name="sensible_numbers"
        ),
        CheckConstraint("(corrects_id IS NULL) = (reason IS NULL)", name="reason_of_correction"),
        CheckConstraint("women_members IS NOT NULL OR corrects_id IS NOT NULL", name="withdraws"),
        Index(
            "uq_job_counts_first",
            *("programme_id", "organisation_id", "year", "half"),
            unique=True,
            postgresql_where="corrects_id IS NULL",
        ),
        Index("ix_job_counts_half", "programme_id", "year", "half"),
        Index("ix_job_counts_organisation", "organisation_id"),
    )
    append_only = True

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    year: Mapped[int]
    half: Mapped[int]
    women_members: Mapped[int | None]
    women_workers: Mapped[int | None]
    women_both: Mapped[int | None]
    """Those of them who are a member and a worker: each is one person."""
    counted_on: Mapped[date]
    """The day its paper speaks of."""
    source: Mapped[CountSource]
    paper: Mapped[str]
    """What it is taken from: "Báo cáo số 05 ngày 10/12/2025"."""
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("job_counts.id"), unique=True)
    reason: Mapped[str | None]
    submission_id: Mapped[UUID] = mapped_column(unique=True)
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    by_label: Mapped[str]

    organisation: Mapped[Organisation] = relationship()

    @property
    def half_year(self) -> HalfYear:
        """The half-year it counts."""
        return HalfYear(self.year, self.half)

    @property
    def persons(self) -> int | None:
        """How many women that is, one who is a member and a worker counted once."""
        if self.women_members is None or self.women_workers is None or self.women_both is None:
            return None
        return self.women_members + self.women_workers - self.women_both

    @property
    def is_withdrawn(self) -> bool:
        """Whether it only takes back what it corrects."""
        return self.women_members is None

    def __repr__(self) -> str:
        return f"<JobCount {self.id} {self.half_year.key}>"


class JobCountVerification(Base):
    """Somebody who did not enter the count compared it with its paper and found it right."""

    __tablename__ = "job_count_verifications"
    append_only = True

    count_id: Mapped[int] = mapped_column(ForeignKey("job_counts.id"), unique=True)
    verified_at: Mapped[datetime] = mapped_column(default=clock.now)
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    by_label: Mapped[str]

    count: Mapped[JobCount] = relationship()
    verified_by: Mapped[User | None] = relationship()
