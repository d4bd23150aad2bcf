from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coopevents import clock
from coopevents.accounts.models import HostBody, User
from coopevents.db import Base
from coopevents.directory.models import Organisation, Person
from coopevents.events.models import Event
from coopevents.programme.models import Programme
from coopevents.territory.models import AdministrativeUnit


class Purpose(StrEnum):
    FOUND_COOPERATIVE = "found_cooperative"
    FOUND_GROUP = "found_group"
    FOUND_LINKED_GROUP = "found_linked_group"
    CONVERT = "convert"
    """A group is to become a cooperative."""
    STRENGTHEN = "strengthen"


class Outcome(StrEnum):
    FOUNDED = "founded"
    CONVERTED = "converted"
    STRENGTHENED = "strengthened"
    GIVEN_UP = "given_up"
    REFERRED = "referred"
    """Others took it over: a bank, another office."""


class Move(StrEnum):
    CLOSED = "closed"
    REOPENED = "reopened"


class NoteKind(StrEnum):
    CALL = "call"
    VISIT = "visit"
    MEETING = "meeting"
    PAPER = "paper"
    """A paper was handed in."""
    OTHER = "other"


class AdviceCase(Base):
    """A body of the programme advises a group of people, or an organisation, towards something.

    It is for an organisation of the register or, before that exists, for a group to be: by its
    working name, in a commune. Whether it is closed is told by its moves, what it led to by its
    foundings.
    """

    __tablename__ = "advice_cases"
    __table_args__ = (
        CheckConstraint(
            "num_nonnulls(organisation_id, working_name) = 1"
            " AND (working_name IS NULL) = (administrative_unit_id IS NULL)"
            " AND (working_name IS NULL) = (name_fold IS NULL)",
            name="for_one",
        ),
        Index("ix_advice_cases_programme", "programme_id", "opened_on", "id"),
    )

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    body_id: Mapped[int] = mapped_column(ForeignKey("host_bodies.id"))
    officer_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    purpose: Mapped[Purpose]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    working_name: Mapped[str | None]
    name_fold: Mapped[str | None]
    administrative_unit_id: Mapped[int | None] = mapped_column(
        ForeignKey("administrative_units.id")
    )
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    event_id: Mapped[int | None] = mapped_column(ForeignKey("events.id"), index=True)
    """The activity it came from."""
    opened_on: Mapped[date]
    """The day of the first contact."""
    version: Mapped[int] = mapped_column(default=1)
    submission_id: Mapped[UUID] = mapped_column(unique=True)
    """The form it was opened with, so that one sent twice opens one case."""
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    programme: Mapped[Programme] = relationship()
    body: Mapped[HostBody] = relationship()
    officer: Mapped[User] = relationship(foreign_keys=[officer_id])
    organisation: Mapped[Organisation | None] = relationship()
    unit: Mapped[AdministrativeUnit | None] = relationship()
    contact: Mapped[Person | None] = relationship()
    event: Mapped[Event | None] = relationship()

    def __repr__(self) -> str:
        return f"<AdviceCase {self.id} {self.purpose}>"


class AdviceMove(Base):
    """A case was closed with an outcome, or taken up again. The last row says how it stands."""

    __tablename__ = "advice_moves"
    __table_args__ = (
        CheckConstraint("(move = 'closed') = (outcome IS NOT NULL)", name="outcome_given"),
        Index("ix_advice_moves_case", "case_id", "id"),
    )
    append_only = True

    case_id: Mapped[int] = mapped_column(ForeignKey("advice_cases.id"))
    move: Mapped[Move]
    moved_on: Mapped[date]
    outcome: Mapped[Outcome | None]
    text: Mapped[str]
    submission_id: Mapped[UUID] = mapped_column(unique=True)
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    recorded_by: Mapped[User | None] = relationship()


class AdviceNote(Base):
    """Something that happened in a case. A correction is a further row that points at the old."""

    __tablename__ = "advice_notes"
    __table_args__ = (
        CheckConstraint("corrects_id < id", name="corrects_an_older"),
        Index("ix_advice_notes_case", "case_id", "happened_on"),
    )
    append_only = True

    case_id: Mapped[int] = mapped_column(ForeignKey("advice_cases.id"))
    happened_on: Mapped[date]
    kind: Mapped[NoteKind]
    text: Mapped[str]
    officer_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    """Whose call or visit it was."""
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("advice_notes.id"), unique=True)
    submission_id: Mapped[UUID] = mapped_column(unique=True)
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    officer: Mapped[User] = relationship(foreign_keys=[officer_id])


class AdvicePaper(Base):
    """A document of a case: minutes, a draft charter, a photo. Removed, its row stays.

    `file_hash` says where its content lies (files.py), until a sweep finds that no standing row
    refers to it; `sent_hash` is of what was sent, before a picture was drawn anew.
    """

    __tablename__ = "advice_papers"
    __table_args__ = (
        CheckConstraint("length(file_hash) = 64", name="file_hash"),
        CheckConstraint("length(sent_hash) = 64", name="sent_hash"),
        CheckConstraint("size > 0", name="size"),
        CheckConstraint(
            "(removed_at IS NULL) = (removed_reason IS NULL)", name="removed_for_a_reason"
        ),
        Index("ix_advice_papers_file_hash", "file_hash"),
        Index(
            "uq_advice_papers_standing",
            "case_id",
            "sent_hash",
            unique=True,
            postgresql_where="removed_at IS NULL",
        ),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("advice_cases.id"), index=True)
    file_hash: Mapped[str]
    sent_hash: Mapped[str]
    size: Mapped[int]
    """In bytes."""
    content_type: Mapped[str]
    name: Mapped[str]
    """How it is downloaded."""
    uploaded_at: Mapped[datetime] = mapped_column(default=clock.now)
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    removed_at: Mapped[datetime | None]
    removed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    removed_reason: Mapped[str | None]

    case: Mapped[AdviceCase] = relationship()
    uploaded_by: Mapped[User | None] = relationship(foreign_keys=[uploaded_by_id])
    removed_by: Mapped[User | None] = relationship(foreign_keys=[removed_by_id])


class Founding(Base):
    """A case led to an organisation, which has a registration number or a certified contract.

    One recorded by mistake is taken back by a further row, which says why and repeats the rest.
    """

    __tablename__ = "foundings"
    __table_args__ = (
        CheckConstraint(
            "num_nonnulls(registration_number, certified_on) > 0", name="number_or_certification"
        ),
        CheckConstraint(
            "(certified_on IS NULL) = (certified_by IS NULL)", name="certified_by_somebody"
        ),
        CheckConstraint("(corrects_id IS NULL) = (reason IS NULL)", name="taken_back_with_reason"),
        CheckConstraint("corrects_id < id", name="corrects_an_older"),
        Index("ix_foundings_case", "case_id"),
        Index("ix_foundings_organisation", "organisation_id"),
    )
    append_only = True

    case_id: Mapped[int] = mapped_column(ForeignKey("advice_cases.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    registered_on: Mapped[date]
    """The legal day: that of the registration or, without one, of the contract."""
    registration_number: Mapped[str | None]
    certified_on: Mapped[date | None]
    certified_by: Mapped[str | None]
    """Who certified the contract of a group: its commune."""
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("foundings.id"), unique=True)
    """The founding this row takes back."""
    reason: Mapped[str | None]
    submission_id: Mapped[UUID] = mapped_column(unique=True)
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    case: Mapped[AdviceCase] = relationship()
    organisation: Mapped[Organisation] = relationship()
