from datetime import date, datetime, time
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
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from coopevents import clock, names
from coopevents.accounts.models import HostBody
from coopevents.db import Base, Json, Translated
from coopevents.directory.models import Person
from coopevents.programme.models import Content, Programme, YearPlan
from coopevents.territory.models import AdministrativeUnit


class EventState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    POSTPONED = "postponed"
    CANCELLED = "cancelled"
    CLOSED = "closed"


class SessionState(StrEnum):
    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"
    MOVED = "moved"


MARKS = frozenset({SessionState.PLANNED, SessionState.HELD})
"""What an officer says of a session by itself; the other states are changes people are told of."""


class HostRole(StrEnum):
    LEAD = "lead"
    CO_HOST = "co_host"
    THIRD = "third"


class PartInEvent(StrEnum):
    """What somebody who speaks at an activity does there."""

    TRAINER = "trainer"
    SPEAKER = "speaker"
    MODERATOR = "moderator"
    INTERPRETER = "interpreter"


class EventKind(Base):
    """A kind of activity of a programme: its name, what it asks for, and how it is counted.

    `checklist` holds {"text": Translated, "days_before": int} (negative: after the last session),
    `documents` {"key": str, "text": Translated}, `questions` what events/questions.py says.
    `fields` names the optional parts of an activity that its form asks for. One that is retired is
    not offered any more.
    """

    __tablename__ = "event_kinds"
    __table_args__ = (UniqueConstraint("programme_id", "key"),)

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    key: Mapped[str]
    name: Mapped[Translated]
    counts_attendance: Mapped[bool] = mapped_column(default=True)
    """False for communication work, which declares its reach and takes no roll."""
    is_training: Mapped[bool] = mapped_column(default=False)
    takes_trade_results: Mapped[bool] = mapped_column(default=False)
    """True where cooperatives have stands, and contracts are followed up for a year."""
    fields: Mapped[list[str]] = mapped_column(default=list)
    checklist: Mapped[list[Json]] = mapped_column(default=list)
    documents: Mapped[list[Json]] = mapped_column(default=list)
    questions: Mapped[list[Json]] = mapped_column(default=list)
    rank: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
    retired_at: Mapped[datetime | None]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Event(Base):
    """An activity of the programme, from its plan to its closing."""

    __tablename__ = "events"
    __table_args__ = (
        CheckConstraint("capacity > 0", name="capacity"),
        CheckConstraint("offer_hours > 0", name="offer_hours"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_at_given"),
        Index("ix_events_programme", "programme_id", "state"),
    )

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    kind_id: Mapped[int] = mapped_column(ForeignKey("event_kinds.id"))
    title: Mapped[str]
    title_fold: Mapped[str]
    """The title as it is searched; it follows the title by itself."""
    description: Mapped[str] = mapped_column(default="")
    place: Mapped[str]
    administrative_unit_id: Mapped[int | None] = mapped_column(
        ForeignKey("administrative_units.id")
    )
    capacity: Mapped[int | None]
    """Places in all; None means that nobody is turned away."""
    offer_hours: Mapped[int | None]
    """For how many office hours a free place is offered to the head of the waiting list; None:
    whoever is next has it at once."""
    state: Mapped[EventState] = mapped_column(default=EventState.DRAFT)
    counts_to_programme: Mapped[bool] = mapped_column(default=False)
    counts_reason: Mapped[str] = mapped_column(default="")
    promotional: Mapped[bool] = mapped_column(default=False)
    answer_by: Mapped[date | None]
    contact_name: Mapped[str]
    contact_phone: Mapped[str]
    contact_email: Mapped[str]
    proposed_audience: Mapped[Json | None]
    """Whom the activity it repeats was sent to; proposed when the first round is chosen."""
    listed_publicly: Mapped[bool] = mapped_column(default=False)
    """Whether the public page of open activities shows it."""
    submission_id: Mapped[UUID | None] = mapped_column(unique=True)
    """Made when the form of the plan was shown: the same form twice is one activity."""
    year_plan_id: Mapped[int | None] = mapped_column(ForeignKey("year_plans.id"), index=True)
    """The promise of a yearly plan that it keeps."""
    copied_from_id: Mapped[int | None] = mapped_column(ForeignKey("events.id"))
    """The activity it repeats "as last year"."""
    calendar_sequence: Mapped[int] = mapped_column(default=0)
    """SEQUENCE of its calendar entries (RFC 5545): raised with every change of time or place."""
    version: Mapped[int] = mapped_column(default=1)
    is_sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    changed_at: Mapped[datetime] = mapped_column(default=clock.now, onupdate=clock.now)
    """DTSTAMP of its calendar entries: when this row was written last."""
    published_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str | None]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    programme: Mapped[Programme] = relationship()
    kind: Mapped[EventKind] = relationship()
    year_plan: Mapped[YearPlan | None] = relationship()
    unit: Mapped[AdministrativeUnit | None] = relationship()

    @validates("title")
    def _fold_title(self, _name: str, title: str) -> str:
        self.title_fold = names.fold(title)
        return title

    def __repr__(self) -> str:
        return f"<Event {self.id} {self.state}>"


class EventHost(Base):
    """A body that leads an event, hosts it with the lead, or joins as a third."""

    __tablename__ = "event_hosts"
    __table_args__ = (
        UniqueConstraint("event_id", "body_id"),
        Index("ix_event_hosts_body", "body_id", "event_id"),
        Index("uq_event_hosts_lead", "event_id", unique=True, postgresql_where="role = 'lead'"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    body_id: Mapped[int] = mapped_column(ForeignKey("host_bodies.id"))
    role: Mapped[HostRole]

    body: Mapped[HostBody] = relationship()


class EventContent(Base):
    """A content of the programme that an event serves."""

    __tablename__ = "event_contents"
    __table_args__ = (
        UniqueConstraint("event_id", "content_id"),
        Index("ix_event_contents_content", "content_id", "event_id"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    content_id: Mapped[int] = mapped_column(ForeignKey("contents.id"))

    content: Mapped[Content] = relationship()


class EventSession(Base):
    """A buổi: one half-day of an event. Days and hours are the office's local ones."""

    __tablename__ = "event_sessions"
    __table_args__ = (
        UniqueConstraint("id", "event_id"),
        CheckConstraint("starts_at < ends_at", name="order"),
        CheckConstraint("(state = 'moved') = (moved_to_id IS NOT NULL)", name="moved_somewhere"),
        CheckConstraint("moved_to_id <> id", name="moved_to_another"),
        Index("ix_event_sessions_event", "event_id", "held_on", "starts_at"),
        Index("ix_event_sessions_day", "held_on"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    held_on: Mapped[date]
    starts_at: Mapped[time]
    ends_at: Mapped[time]
    place: Mapped[str | None]
    """Where it is held, when elsewhere than the event."""
    class_group: Mapped[str | None]
    topic: Mapped[str] = mapped_column(default="")
    required: Mapped[bool] = mapped_column(default=True)
    state: Mapped[SessionState] = mapped_column(default=SessionState.PLANNED)
    state_reason: Mapped[str | None]
    """Why it was cancelled or moved: "storm No. 5"."""
    moved_to_id: Mapped[int | None] = mapped_column(ForeignKey("event_sessions.id"), unique=True)
    """The row it is held as now; this one keeps the day that was told first."""

    event: Mapped[Event] = relationship()

    @property
    def starts_on_clock(self) -> datetime:
        """The moment it begins, in UTC."""
        return clock.at_local(self.held_on, self.starts_at.hour, self.starts_at.minute)

    @property
    def ends_on_clock(self) -> datetime:
        """The moment it ends, in UTC."""
        return clock.at_local(self.held_on, self.ends_at.hour, self.ends_at.minute)


class AgendaItem(Base):
    """A point of a session's agenda, in order; without `starts_at` it follows the one before."""

    __tablename__ = "agenda_items"
    __table_args__ = (
        ForeignKeyConstraint(
            ["session_id", "event_id"],
            ["event_sessions.id", "event_sessions.event_id"],
            name="fk_agenda_items_session",
            ondelete="CASCADE",
        ),
        UniqueConstraint("session_id", "rank"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), index=True)
    session_id: Mapped[int] = mapped_column(BigInteger)
    rank: Mapped[int]
    starts_at: Mapped[time | None]
    topic: Mapped[str]
    speaker: Mapped[str] = mapped_column(default="")


class EventTrainer(Base):
    """Somebody who teaches or speaks at an activity: in one session, or (None) in all of them.

    `person_id` where the register knows her; `full_name` as the agenda prints it.
    """

    __tablename__ = "event_trainers"
    __table_args__ = (
        ForeignKeyConstraint(
            ["session_id", "event_id"],
            ["event_sessions.id", "event_sessions.event_id"],
            name="fk_event_trainers_session",
            ondelete="CASCADE",
        ),
        Index("ix_event_trainers_name", "name_fold"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), index=True)
    session_id: Mapped[int | None] = mapped_column(BigInteger)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    full_name: Mapped[str]
    name_fold: Mapped[str]
    part: Mapped[PartInEvent]
    unit: Mapped[str] = mapped_column(default="")
    """The office or firm she comes from."""

    person: Mapped[Person | None] = relationship()


class EventTemplate(Base):
    """An activity to be planned again and again: its outline without days (events/outline.py)."""

    __tablename__ = "event_templates"
    __table_args__ = (UniqueConstraint("programme_id", "name"),)

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    name: Mapped[str]
    outline: Mapped[Json]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
