from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coopevents import clock
from coopevents.accounts.models import HostBody
from coopevents.db import Base, Json, Translated
from coopevents.directory.models import Register
from coopevents.territory.models import AdministrativeUnit


class TargetKind(StrEnum):
    COUNT = "count"
    RANGE = "range"
    PERCENT = "percent"
    ABOUT = "about"


class PeriodKind(StrEnum):
    YEAR = "year"
    MID_YEAR = "mid_year"
    FINAL = "final"
    SPAN = "span"
    """Any stretch somebody asks for; the only kind that may overlap."""


class Adding(StrEnum):
    """How figures of one indicator may be put together over periods."""

    EVENTS = "events"
    """Things that happened in a period: periods add up."""
    DISTINCT = "distinct"
    """Different things in a period: only a count over both periods is right."""
    STOCK = "stock"
    """How many there are on a day: never added."""
    RATIO = "ratio"
    """A share on a day or in a period: never added."""


class Programme(Base):
    """A coordination programme of two host bodies: what everything else belongs to."""

    __tablename__ = "programmes"
    __table_args__ = (CheckConstraint("starts_on < ends_on", name="order"),)

    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[Translated]
    register_id: Mapped[int] = mapped_column(ForeignKey("registers.id"))
    territory_id: Mapped[int] = mapped_column(ForeignKey("administrative_units.id"))
    signed_on: Mapped[date]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    women_led_rule: Mapped[str]
    """The counting rule by which an organisation is women-led, for I7, I8 and I12."""
    is_sample: Mapped[bool] = mapped_column(default=False)

    register: Mapped[Register] = relationship()
    territory: Mapped[AdministrativeUnit] = relationship()


class ProgrammeBody(Base):
    """A body that signed the programme; `rank` 1 leads and stands first in the heading."""

    __tablename__ = "programme_bodies"
    __table_args__ = (
        UniqueConstraint("programme_id", "body_id"),
        UniqueConstraint("programme_id", "rank"),
    )

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    body_id: Mapped[int] = mapped_column(ForeignKey("host_bodies.id"))
    rank: Mapped[int]

    body: Mapped[HostBody] = relationship()


class Content(Base):
    """One of the programme's contents: the kinds of work both bodies agreed on."""

    __tablename__ = "contents"
    __table_args__ = (UniqueConstraint("programme_id", "number"),)

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    number: Mapped[int]
    text: Mapped[Translated]


class Target(Base):
    """A version of what is to be reached; a later version has a later `effective_on`.

    `territory` is the province the number was set for, as it then was; `document` says which
    paper set it.
    """

    __tablename__ = "targets"
    __table_args__ = (
        UniqueConstraint("programme_id", "indicator", "effective_on"),
        CheckConstraint("lower_value <= upper_value", name="range"),
    )

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    indicator: Mapped[str]
    kind: Mapped[TargetKind]
    lower_value: Mapped[Decimal]
    upper_value: Mapped[Decimal | None]
    per_year: Mapped[bool]
    due_on: Mapped[date]
    effective_on: Mapped[date]
    territory_id: Mapped[int] = mapped_column(ForeignKey("administrative_units.id"))
    text: Mapped[Translated]
    document: Mapped[str | None]

    territory: Mapped[AdministrativeUnit] = relationship()


class IndicatorRule(Base):
    """A version of a counting rule, in words; the code that computes it bears the same version."""

    __tablename__ = "indicator_rules"
    __table_args__ = (UniqueConstraint("code", "version"),)

    code: Mapped[str]
    version: Mapped[int]
    effective_on: Mapped[date | None]
    adding: Mapped[Adding]
    unit: Mapped[Translated]
    name: Mapped[Translated]
    text: Mapped[Translated]


class Baseline(Base):
    """A figure that was reported before the programme began, as it was reported.

    `value` None means that the text gives no single number; such a baseline enters no sum.
    """

    __tablename__ = "baselines"
    __table_args__ = (UniqueConstraint("programme_id", "key"),)

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    key: Mapped[str]
    value: Mapped[Decimal | None]
    text: Mapped[Translated]
    territory_id: Mapped[int] = mapped_column(ForeignKey("administrative_units.id"))
    as_of: Mapped[date]

    territory: Mapped[AdministrativeUnit] = relationship()


class YearPlan(Base):
    """An activity promised for a year, before it is planned as an event.

    `kind` is the key of a kind of activity.
    """

    __tablename__ = "year_plans"
    __table_args__ = (Index("ix_year_plans_programme", "programme_id", "year"),)

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    year: Mapped[int]
    month: Mapped[int | None]
    kind: Mapped[str]
    title: Mapped[str]
    host_body_id: Mapped[int | None] = mapped_column(ForeignKey("host_bodies.id"))
    place: Mapped[str | None]
    seats: Mapped[int | None]

    host: Mapped[HostBody | None] = relationship()


class ReportPeriod(Base):
    """A stretch of days a report is owed for. Both days belong to it.

    A trigger keeps it as it is once a report of it was compiled.
    """

    __tablename__ = "report_periods"
    __table_args__ = (
        UniqueConstraint("programme_id", "kind", "label"),
        CheckConstraint("from_on <= to_on", name="order"),
    )

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    kind: Mapped[PeriodKind]
    label: Mapped[str]
    """What it is called: "2026"."""
    from_on: Mapped[date]
    to_on: Mapped[date]

    programme: Mapped[Programme] = relationship()


class ProgrammeLoad(Base):
    """A programme file that was read in, so that it can be said what came from where."""

    __tablename__ = "programme_loads"

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"), index=True)
    loaded_at: Mapped[datetime] = mapped_column(default=clock.now)
    file_name: Mapped[str]
    content: Mapped[Json]
