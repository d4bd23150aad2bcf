from datetime import datetime
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
from coopevents.accounts.models import User
from coopevents.db import Base, Json
from coopevents.directory.models import Organisation, PostKind, Sex


class Action(StrEnum):
    PRESENT = "present"
    EXCUSED = "excused"
    ABSENT = "absent"
    VOID = "void"


class EntrySource(StrEnum):
    TAP = "tap"
    QR = "qr"
    TYPED = "typed"
    PAPER = "paper"
    IMPORT = "import"
    API = "api"


class ConflictKind(StrEnum):
    """Why a mark that was sent in is not in the ledger."""

    OTHER_SESSION = "other_session"
    NOT_HELD = "not_held"
    TO_COME = "to_come"
    TWO_SUBJECTS = "two_subjects"
    NOT_REGISTERED = "not_registered"
    NOT_NOTED = "not_noted"
    NO_SUCH_MARK = "no_such_mark"
    TAKEN_BACK = "taken_back"
    NO_REASON = "no_reason"
    NUMBER_TAKEN = "number_taken"
    REFUSED = "refused"
    """A walk-in that cannot be written down: `detail` says why."""


class WalkIn(Base):
    """Somebody came who was not registered. Stays a walk-in, even once matched to a person."""

    __tablename__ = "walk_ins"
    __table_args__ = (UniqueConstraint("id", "event_id"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), index=True)
    uuid: Mapped[UUID] = mapped_column(unique=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    organisation_kind_snapshot: Mapped[str | None]
    full_name: Mapped[str]
    name_sort: Mapped[str]
    sex: Mapped[Sex]
    role_snapshot: Mapped[PostKind]
    phone: Mapped[str | None]
    added_at: Mapped[datetime] = mapped_column(default=clock.now)
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    erased_at: Mapped[datetime | None]

    organisation: Mapped[Organisation | None] = relationship()


class WalkInMatch(Base):
    """A walk-in was recognised as a person of the register. Undone, never deleted."""

    __tablename__ = "walk_in_matches"
    __table_args__ = (
        Index(
            "uq_walk_in_matches_standing",
            "walk_in_id",
            unique=True,
            postgresql_where="undone_at IS NULL",
        ),
    )

    walk_in_id: Mapped[int] = mapped_column(ForeignKey("walk_ins.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    matched_at: Mapped[datetime] = mapped_column(default=clock.now)
    matched_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    undone_at: Mapped[datetime | None]


class AttendanceEntry(Base):
    """A mark in the roll-call ledger. Attendance is what the marks of a session add up to.

    The keys with `event_id` let the database refuse a mark whose session and registration are of
    different events, and a void that points into another session.
    """

    __tablename__ = "attendance_entries"
    __table_args__ = (
        CheckConstraint("num_nonnulls(registration_id, walk_in_id) = 1", name="one_subject"),
        CheckConstraint("(action = 'void') = (voids_id IS NOT NULL)", name="void_points"),
        CheckConstraint("action <> 'void' OR reason <> ''", name="void_reason"),
        UniqueConstraint("id", "session_id"),
        UniqueConstraint("voids_id"),
        ForeignKeyConstraint(
            ["session_id", "event_id"], ["event_sessions.id", "event_sessions.event_id"]
        ),
        ForeignKeyConstraint(
            ["registration_id", "event_id"], ["registrations.id", "registrations.event_id"]
        ),
        ForeignKeyConstraint(["walk_in_id", "event_id"], ["walk_ins.id", "walk_ins.event_id"]),
        ForeignKeyConstraint(
            ["voids_id", "session_id"], ["attendance_entries.id", "attendance_entries.session_id"]
        ),
        Index("ix_attendance_entries_session", "session_id", "registration_id"),
        Index("ix_attendance_entries_event", "event_id"),
    )
    append_only = True

    uuid: Mapped[UUID] = mapped_column(unique=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    session_id: Mapped[int] = mapped_column(BigInteger)
    registration_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    walk_in_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    action: Mapped[Action]
    voids_id: Mapped[int | None] = mapped_column(BigInteger)
    reason: Mapped[str | None]
    device_at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(default=clock.now)
    device: Mapped[str | None]
    source: Mapped[EntrySource]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    by_label: Mapped[str]


class MarkConflict(Base):
    """A mark that was sent in and is not in the ledger: kept as it was said, until it is settled.

    Whoever sent it was told so and may forget it. The same mark sent again is the same conflict.
    """

    __tablename__ = "mark_conflicts"
    __table_args__ = (
        UniqueConstraint("event_id", "uuid", "digest"),
        CheckConstraint("(settled_at IS NULL) = (note IS NULL)", name="settled"),
        Index(
            "ix_mark_conflicts_open",
            "event_id",
            postgresql_where="settled_at IS NULL",
        ),
    )

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    uuid: Mapped[UUID]
    kind: Mapped[ConflictKind]
    detail: Mapped[str]
    said: Mapped[Json]
    digest: Mapped[str]
    """A hash of what was said, so that a mark under a number that is taken is kept as well."""
    received_at: Mapped[datetime] = mapped_column(default=clock.now)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    by_label: Mapped[str]
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    note: Mapped[str | None]

    settled_by: Mapped[User | None] = relationship(foreign_keys=[settled_by_id])
