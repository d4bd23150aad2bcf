from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coopevents import clock
from coopevents.accounts.models import User
from coopevents.db import Base
from coopevents.events.models import Event
from coopevents.territory.models import AdministrativeUnit


class RequestState(StrEnum):
    WAITING = "waiting"
    APPROVED = "approved"
    DECLINED = "declined"
    LAPSED = "lapsed"
    """Nobody decided before the activity began, or was cancelled."""


class RequestPurpose(StrEnum):
    """What whoever asks agrees to, one by one; consents.py says in which words."""

    THIS_ACTIVITY = "this_activity"
    NEXT_INVITATIONS = "next_invitations"


class OpenRegistration(Base):
    """Organisations that are not invited may ask for a place at the activity, until a day.

    Without a row they never could; one that was closed opens again by the same row.
    """

    __tablename__ = "open_registrations"

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), unique=True)
    until_on: Mapped[date]
    """The last day on which a place may be asked for."""
    audience: Mapped[str]
    """For whom it is, in the words of the hosts."""
    opened_at: Mapped[datetime] = mapped_column(default=clock.now)
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    closed_at: Mapped[datetime | None]

    event: Mapped[Event] = relationship()


class PlaceRequest(Base):
    """Somebody who is not invited asks for places at an activity, for an organisation.

    What was typed stays here and is never in the register; it goes when the activity is long over.
    """

    __tablename__ = "place_requests"
    __table_args__ = (
        CheckConstraint("people > 0", name="people"),
        CheckConstraint(
            "num_nonnulls(phone, email) > 0 OR erased_at IS NOT NULL", name="reachable"
        ),
        CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("(state = 'approved') = (invitation_id IS NOT NULL)", name="approved"),
        Index("ix_place_requests_event", "event_id", "state"),
        Index("ix_place_requests_email", "email", "asked_at"),
    )

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    state: Mapped[RequestState] = mapped_column(default=RequestState.WAITING)
    locale: Mapped[str]
    """The language it was asked in, and is answered in."""
    organisation_name: Mapped[str]
    commune_id: Mapped[int | None] = mapped_column(ForeignKey("administrative_units.id"))
    code: Mapped[str | None]
    contact_name: Mapped[str]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    people: Mapped[int]
    reason: Mapped[str | None]
    submission_id: Mapped[UUID] = mapped_column(unique=True)
    asked_at: Mapped[datetime] = mapped_column(default=clock.now)
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitations.id"), index=True)
    was_invited: Mapped[bool] = mapped_column(default=False)
    """Whether the organisation had its invitation before it was approved."""
    decline_reason: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    erased_at: Mapped[datetime | None]
    """Since when nothing that was typed is kept."""

    event: Mapped[Event] = relationship()
    commune: Mapped[AdministrativeUnit | None] = relationship()
    decided_by: Mapped[User | None] = relationship()


class RequestConsent(Base):
    """Whoever asked for a place agreed to one purpose, in the words of one version of the text."""

    __tablename__ = "request_consents"
    __table_args__ = (UniqueConstraint("request_id", "purpose"),)
    append_only = True

    request_id: Mapped[int] = mapped_column(ForeignKey("place_requests.id"))
    purpose: Mapped[RequestPurpose]
    text_version: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=clock.now)
