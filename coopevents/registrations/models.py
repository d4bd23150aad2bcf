from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid4

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
from coopevents.directory.models import Organisation, Person, PostKind
from coopevents.events.models import Event
from coopevents.invitations.models import Invitation


class RegistrationState(StrEnum):
    CONFIRMED = "confirmed"
    WAITING = "waiting"
    OFFERED = "offered"
    CANCELLED = "cancelled"


ACTIVE = frozenset(
    {RegistrationState.CONFIRMED, RegistrationState.WAITING, RegistrationState.OFFERED}
)


PLACED = frozenset({RegistrationState.CONFIRMED, RegistrationState.OFFERED})
"""Those who have a place, or are offered one."""


class SeatState(StrEnum):
    OPEN = "open"
    FILLED = "filled"
    RELEASED = "released"


class OfferState(StrEnum):
    OPEN = "open"
    TAKEN = "taken"
    PASSED = "passed"
    EXPIRED = "expired"


class RepresentationSource(StrEnum):
    REGISTRATION = "registration"
    ROLL_CALL = "roll_call"
    OFFICER = "officer"


class Registration(Base):
    """A delegate's place at an event.

    Waiting registrations form the waiting list, in order of `registered_at`.
    """

    __tablename__ = "registrations"
    __table_args__ = (
        UniqueConstraint("event_id", "person_id"),
        UniqueConstraint("id", "event_id"),
        Index("ix_registrations_queue", "event_id", "state", "registered_at"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    state: Mapped[RegistrationState]
    registered_at: Mapped[datetime] = mapped_column(default=clock.now)
    submission_id: Mapped[UUID | None] = mapped_column(index=True)
    phone: Mapped[str | None]
    """To reach her about this activity; kept longer only with her consent."""

    event: Mapped[Event] = relationship()
    person: Mapped[Person] = relationship()


class Pass(Base):
    """What lets a delegate in at the door: a link of her own, and the QR code of its address.

    Only a hash is kept; the token is made again from the seed under SECRET_KEY. It ends with its
    activity, which may move, so no day stands here.
    """

    __tablename__ = "passes"
    __table_args__ = (CheckConstraint("length(token_hash) = 64", name="token_hash"),)

    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id"), index=True)
    seed: Mapped[UUID] = mapped_column(default=uuid4)
    token_hash: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[datetime] = mapped_column(default=clock.now)
    revoked_at: Mapped[datetime | None]

    registration: Mapped[Registration] = relationship()


class Seat(Base):
    """One of the seats an invitation offers: open, or filled by a delegate.

    A trigger refuses a number above the invitation's seats.
    """

    __tablename__ = "seats"
    __table_args__ = (
        UniqueConstraint("invitation_id", "number"),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("(state = 'filled') = (registration_id IS NOT NULL)", name="filled"),
        ForeignKeyConstraint(
            ["invitation_id", "event_id"], ["invitations.id", "invitations.event_id"]
        ),
        ForeignKeyConstraint(
            ["registration_id", "event_id"], ["registrations.id", "registrations.event_id"]
        ),
        UniqueConstraint("invitation_id", "registration_id"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    invitation_id: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[int]
    registration_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    state: Mapped[SeatState] = mapped_column(default=SeatState.OPEN)

    invitation: Mapped[Invitation] = relationship(foreign_keys=[invitation_id, event_id])
    registration: Mapped[Registration | None] = relationship(
        foreign_keys=[registration_id, event_id], viewonly=True
    )


class Representation(Base):
    """A person stands for an organisation at an event, in the role held then.

    One delegate may stand for two organisations; `role` and `kind` are what they were that day.
    """

    __tablename__ = "representations"
    __table_args__ = (
        UniqueConstraint("person_id", "event_id", "organisation_id"),
        Index("ix_representations_event", "event_id", "organisation_id"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    role_snapshot: Mapped[PostKind]
    organisation_kind_snapshot: Mapped[str]
    is_primary: Mapped[bool] = mapped_column(default=True)
    source: Mapped[RepresentationSource]
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)
    withdrawn_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship()
    organisation: Mapped[Organisation] = relationship()


class Offer(Base):
    """A place was offered to someone on the waiting list, until a deadline."""

    __tablename__ = "offers"
    __table_args__ = (
        Index("uq_offers_open", "registration_id", unique=True, postgresql_where="state = 'open'"),
    )

    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id"), index=True)
    offered_at: Mapped[datetime] = mapped_column(default=clock.now)
    deadline_at: Mapped[datetime]
    state: Mapped[OfferState] = mapped_column(default=OfferState.OPEN)
    ended_at: Mapped[datetime | None]

    registration: Mapped[Registration] = relationship()


class PlaceHold(Base):
    """Places kept for the delegates of one organisation until the end of a day."""

    __tablename__ = "place_holds"
    __table_args__ = (
        CheckConstraint("places > 0", name="places"),
        Index(
            "uq_place_holds_standing",
            "event_id",
            "organisation_id",
            unique=True,
            postgresql_where="released_at IS NULL",
        ),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    places: Mapped[int]
    until_on: Mapped[date]
    released_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
