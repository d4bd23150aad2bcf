from datetime import date, datetime, time
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coopevents import clock
from coopevents.accounts.models import HostBody
from coopevents.db import Base, Translated
from coopevents.programme.models import Content, Programme
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


class HostRole(StrEnum):
    LEAD = "lead"
    CO_HOST = "co_host"
    THIRD = "third"


class EventKind(Base):
    """A kind of activity: what it is called and how it is counted."""

    __tablename__ = "event_kinds"

    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[Translated]
    counts_attendance: Mapped[bool] = mapped_column(default=True)
    """False for communication work, which declares its reach and takes no roll."""
    is_training: Mapped[bool] = mapped_column(default=False)
    rank: Mapped[int]


class Event(Base):
    """An activity of the programme, from its plan to its closing."""

    __tablename__ = "events"
    __table_args__ = (
        CheckConstraint("capacity > 0", name="capacity"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_at_given"),
        Index("ix_events_programme", "programme_id", "state"),
    )

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    kind_id: Mapped[int] = mapped_column(ForeignKey("event_kinds.id"))
    title: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    place: Mapped[str]
    administrative_unit_id: Mapped[int | None] = mapped_column(
        ForeignKey("administrative_units.id")
    )
    capacity: Mapped[int | None]
    """Places in all; None means that nobody is turned away."""
    state: Mapped[EventState] = mapped_column(default=EventState.DRAFT)
    counts_to_programme: Mapped[bool] = mapped_column(default=False)
    counts_reason: Mapped[str] = mapped_column(default="")
    promotional: Mapped[bool] = mapped_column(default=False)
    answer_by: Mapped[date | None]
    contact_name: Mapped[str]
    contact_phone: Mapped[str]
    contact_email: Mapped[str]
    calendar_sequence: Mapped[int] = mapped_column(default=0)
    """SEQUENCE of its calendar entries (RFC 5545): raised with every change of time or place."""
    version: Mapped[int] = mapped_column(default=1)
    is_sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    published_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    programme: Mapped[Programme] = relationship()
    kind: Mapped[EventKind] = relationship()
    unit: Mapped[AdministrativeUnit | None] = relationship()

    def __repr__(self) -> str:
        return f"<Event {self.id} {self.state}>"


class EventHost(Base):
    """A body that leads an event, hosts it with the lead, or joins as a third."""

    __tablename__ = "event_hosts"
    __table_args__ = (
        UniqueConstraint("event_id", "body_id"),
        Index("uq_event_hosts_lead", "event_id", unique=True, postgresql_where="role = 'lead'"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    body_id: Mapped[int] = mapped_column(ForeignKey("host_bodies.id"))
    role: Mapped[HostRole]

    body: Mapped[HostBody] = relationship()


class EventContent(Base):
    """A content of the programme that an event serves."""

    __tablename__ = "event_contents"
    __table_args__ = (UniqueConstraint("event_id", "content_id"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    content_id: Mapped[int] = mapped_column(ForeignKey("contents.id"))

    content: Mapped[Content] = relationship()


class EventSession(Base):
    """A buổi: one half-day of an event. Days and hours are the office's local ones."""

    __tablename__ = "event_sessions"
    __table_args__ = (
        UniqueConstraint("id", "event_id"),
        CheckConstraint("starts_at < ends_at", name="order"),
        Index("ix_event_sessions_event", "event_id", "held_on", "starts_at"),
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
    moved_to_id: Mapped[int | None] = mapped_column(ForeignKey("event_sessions.id"))

    event: Mapped[Event] = relationship()

    @property
    def starts_on_clock(self) -> datetime:
        """The moment it begins, in UTC."""
        return clock.at_local(self.held_on, self.starts_at.hour, self.starts_at.minute)

    @property
    def ends_on_clock(self) -> datetime:
        """The moment it ends, in UTC."""
        return clock.at_local(self.held_on, self.ends_at.hour, self.ends_at.minute)
