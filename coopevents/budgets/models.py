from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coopevents import clock
from coopevents.db import Base
from coopevents.directory.models import PostKind
from coopevents.events.models import Event


class FundSource(StrEnum):
    """Whose money it is."""

    BODY_FUNDS = "body_funds"
    STATE_BUDGET = "state_budget"
    SPONSOR = "sponsor"
    PARTICIPANTS = "participants"
    OTHER = "other"


class PaidFor(StrEnum):
    """What a participant is paid for."""

    SESSION = "session"
    DAY = "day"
    TRAVEL = "travel"
    """Once, whoever was present at all."""


class BudgetLine(Base):
    """What is to be paid for at an activity, and out of whose money. Money is whole đồng.

    `planned` None: nobody gave a plan, which is not a plan of nothing.
    """

    __tablename__ = "budget_lines"
    __table_args__ = (
        UniqueConstraint("id", "event_id"),
        CheckConstraint("planned >= 0", name="planned"),
        CheckConstraint("quantity > 0", name="quantity"),
        Index("ix_budget_lines_event", "event_id", "rank"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    source: Mapped[FundSource]
    source_name: Mapped[str] = mapped_column(default="")
    """Which body, which sponsor."""
    item: Mapped[str]
    quantity: Mapped[int | None] = mapped_column(BigInteger)
    unit: Mapped[str] = mapped_column(default="")
    planned: Mapped[int | None] = mapped_column(BigInteger)
    rank: Mapped[int]
    dropped_at: Mapped[datetime | None]
    submission_id: Mapped[UUID | None] = mapped_column(unique=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    event: Mapped[Event] = relationship()


class BudgetSpending(Base):
    """Money that was paid. A row with `corrects_id` stands instead of the one it points at.

    `value` None takes that one back: nothing was paid. Whoever corrects or takes back says why.
    """

    __tablename__ = "budget_spendings"
    __table_args__ = (
        UniqueConstraint("id", "event_id"),
        CheckConstraint("value > 0", name="value"),
        CheckConstraint("value IS NOT NULL OR corrects_id IS NOT NULL", name="taken_back"),
        CheckConstraint("(corrects_id IS NULL) = (reason IS NULL)", name="reason_given"),
        CheckConstraint("corrects_id <> id", name="corrects_another"),
        ForeignKeyConstraint(
            ["line_id", "event_id"],
            ["budget_lines.id", "budget_lines.event_id"],
            name="fk_budget_spendings_line",
        ),
        ForeignKeyConstraint(
            ["corrects_id", "event_id"],
            ["budget_spendings.id", "budget_spendings.event_id"],
            name="fk_budget_spendings_corrects",
        ),
        Index("ix_budget_spendings_line", "line_id"),
        Index("ix_budget_spendings_event", "event_id"),
    )
    append_only = True

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    line_id: Mapped[int] = mapped_column(BigInteger)
    spent_on: Mapped[date]
    value: Mapped[int | None] = mapped_column(BigInteger)
    voucher: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    corrects_id: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    reason: Mapped[str | None]
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    recorded_by_label: Mapped[str]
    submission_id: Mapped[UUID] = mapped_column(unique=True)

    line: Mapped[BudgetLine] = relationship(foreign_keys=[line_id, event_id], viewonly=True)


class AllowanceRate(Base):
    """What each participant of an activity is paid: everybody, or (instead) holders of a post."""

    __tablename__ = "allowance_rates"
    __table_args__ = (
        UniqueConstraint("event_id", "paid_for", "post_kind", postgresql_nulls_not_distinct=True),
        CheckConstraint("value >= 0", name="value"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    paid_for: Mapped[PaidFor]
    post_kind: Mapped[PostKind | None]
    """None: every delegate whose post has no rate of its own."""
    value: Mapped[int] = mapped_column(BigInteger)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    event: Mapped[Event] = relationship()
