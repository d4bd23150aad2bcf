from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coopevents import clock
from coopevents.db import Base
from coopevents.events.models import Event
from coopevents.invitations.models import InvitationRound


class Anchor(StrEnum):
    """What the days of a reminder are counted from."""

    ANSWER_BY = "answer_by"
    """The day answers are asked by; the first session where none is said."""
    START = "start"


class Outcome(StrEnum):
    SENT = "sent"
    NOBODY = "nobody"
    """Nobody who had not answered could be reached by mail."""
    MISSED = "missed"
    """It was too late: the office's machine stood still, or the rule came after its day."""


class ReminderRule(Base):
    """Who has not answered is reminded so many days before; the day moves with the activity."""

    __tablename__ = "reminder_rules"
    __table_args__ = (
        CheckConstraint("days_before >= 0", name="days_before"),
        Index(
            "uq_reminder_rules_standing",
            "event_id",
            "anchor",
            "days_before",
            unique=True,
            postgresql_where="removed_at IS NULL",
        ),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    anchor: Mapped[Anchor]
    days_before: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    removed_at: Mapped[datetime | None]

    event: Mapped[Event] = relationship()


class ReminderRun(Base):
    """What came of a rule on one day. A rule whose day moved runs again on the new one."""

    __tablename__ = "reminder_runs"
    __table_args__ = (
        UniqueConstraint("rule_id", "due_on"),
        CheckConstraint("(outcome = 'sent') = (round_id IS NOT NULL)", name="sent"),
    )
    append_only = True

    rule_id: Mapped[int] = mapped_column(ForeignKey("reminder_rules.id"))
    due_on: Mapped[date]
    outcome: Mapped[Outcome]
    round_id: Mapped[int | None] = mapped_column(ForeignKey("invitation_rounds.id"), unique=True)
    people: Mapped[int] = mapped_column(default=0)
    """How many invitees were reminded."""
    at: Mapped[datetime] = mapped_column(default=clock.now)

    rule: Mapped[ReminderRule] = relationship()
    round: Mapped[InvitationRound | None] = relationship()
