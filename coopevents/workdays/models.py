from datetime import date, time
from enum import StrEnum

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coopevents.db import Base, Translated


class DayKind(StrEnum):
    HOLIDAY = "holiday"
    WORKING = "working"
    """A Saturday or Sunday worked in exchange for another day."""


class CalendarDay(Base):
    """A day that differs from its weekday: a public holiday, or a weekend day that is worked.

    Which days these are is decided anew each year; `document` names the decision.
    """

    __tablename__ = "calendar_days"

    day: Mapped[date] = mapped_column(unique=True)
    kind: Mapped[DayKind]
    name: Mapped[Translated]
    document: Mapped[str | None]


class OfficeHours(Base):
    """When the office is open on a weekday (0 is Monday); morning and afternoon are two rows."""

    __tablename__ = "office_hours"
    __table_args__ = (
        UniqueConstraint("weekday", "opens"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("opens < closes", name="order"),
    )

    weekday: Mapped[int]
    opens: Mapped[time]
    closes: Mapped[time]
