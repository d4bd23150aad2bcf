from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coopevents import clock
from coopevents.db import Base, Json
from coopevents.programme.models import ReportPeriod
from coopevents.territory.scope import Territory


class ReportState(StrEnum):
    REQUESTED = "requested"
    COMPUTING = "computing"
    DRAFT = "draft"
    FAILED = "failed"
    SUBMITTED = "submitted"
    SIGNED_BY_ONE = "signed_by_one"
    ISSUED = "issued"
    SUPERSEDED = "superseded"


RUNNING = frozenset({ReportState.REQUESTED, ReportState.COMPUTING})


class Report(Base):
    """A version of the report of a period: a snapshot of its figures, once it is computed.

    `figures_hash` covers the figures and their rows, not names: a person can be forgotten and the
    document rendered again.
    """

    __tablename__ = "reports"
    __table_args__ = (
        UniqueConstraint("period_id", "version"),
        Index(
            "uq_reports_running",
            "period_id",
            unique=True,
            postgresql_where="state IN ('requested', 'computing')",
        ),
    )

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    period_id: Mapped[int] = mapped_column(ForeignKey("report_periods.id"))
    version: Mapped[int]
    territory: Mapped[Territory] = mapped_column(default=Territory.AS_IT_IS)
    state: Mapped[ReportState] = mapped_column(default=ReportState.REQUESTED)
    requested_at: Mapped[datetime] = mapped_column(default=clock.now)
    requested_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    claimed_by: Mapped[str | None]
    claimed_at: Mapped[datetime | None]
    steps_done: Mapped[int] = mapped_column(default=0)
    steps_total: Mapped[int] = mapped_column(default=0)
    computed_at: Mapped[datetime | None]
    figures_hash: Mapped[str | None]
    last_error: Mapped[str | None]

    period: Mapped[ReportPeriod] = relationship()


class ReportFigure(Base):
    """A figure as it was when the report was computed. Live data never changes it."""

    __tablename__ = "report_figures"
    __table_args__ = (UniqueConstraint("report_id", "indicator"),)
    append_only = True

    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"))
    indicator: Mapped[str]
    rule_version: Mapped[int]
    value: Mapped[Decimal | None]
    """None where there is nothing to divide by; printed as a dash."""
    numerator: Mapped[int | None]
    denominator: Mapped[int | None]
    breakdown: Mapped[Json]


class ReportFigureRow(Base):
    """One of the rows behind a figure, with the facts that made it count and no personal name."""

    __tablename__ = "report_figure_rows"
    __table_args__ = (Index("ix_report_figure_rows_figure", "figure_id", "kind", "row_id"),)
    append_only = True

    figure_id: Mapped[int] = mapped_column(ForeignKey("report_figures.id"))
    kind: Mapped[str]
    row_id: Mapped[int] = mapped_column(BigInteger)
    facts: Mapped[Json]


class ReportSection(Base):
    """A version of the text that officers write around the figures of a section."""

    __tablename__ = "report_sections"
    __table_args__ = (UniqueConstraint("report_id", "section", "version"),)

    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"))
    section: Mapped[str]
    version: Mapped[int]
    text: Mapped[str]
    written_at: Mapped[datetime] = mapped_column(default=clock.now)
    written_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class Signature(Base):
    """A body's signature under a report, over the figures as they then were."""

    __tablename__ = "signatures"
    __table_args__ = (UniqueConstraint("report_id", "body_id"),)
    append_only = True

    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"))
    body_id: Mapped[int] = mapped_column(ForeignKey("host_bodies.id"))
    signed_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    signed_at: Mapped[datetime] = mapped_column(default=clock.now)
    figures_hash: Mapped[str]
    document_number: Mapped[str | None]


class Correction(Base):
    """A figure of an issued report was found wrong; the report stays, this says what is right."""

    __tablename__ = "corrections"
    append_only = True

    figure_id: Mapped[int] = mapped_column(ForeignKey("report_figures.id"), index=True)
    right_value: Mapped[Decimal]
    reason: Mapped[str]
    document: Mapped[str | None]
    approved_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    body_id: Mapped[int] = mapped_column(ForeignKey("host_bodies.id"))
    corrected_at: Mapped[datetime] = mapped_column(default=clock.now)
