from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coopevents import clock
from coopevents.accounts.models import User
from coopevents.db import Base, Json
from coopevents.events.models import Event
from coopevents.invitations.models import InvitationRound


class ChangeKind(StrEnum):
    PUBLISHED = "published"
    POSTPONED = "postponed"
    SESSION_MOVED = "session_moved"
    PLACE_CHANGED = "place_changed"
    SESSION_CANCELLED = "session_cancelled"
    CANCELLED = "cancelled"
    CLOSED = "closed"
    TOLD_AGAIN = "told_again"
    """Nothing changed: whom an earlier notice had not reached was sent another."""


class EventChange(Base):
    """An act on an activity, confirmed by somebody who was shown all that follows from it.

    `consequences` is what she was shown, and what happened. `submission_id` is made when the form
    is rendered: a form sent twice is one act.
    """

    __tablename__ = "event_changes"
    append_only = True

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), index=True)
    kind: Mapped[ChangeKind]
    reason: Mapped[str]
    submission_id: Mapped[UUID] = mapped_column(unique=True)
    round_id: Mapped[int | None] = mapped_column(ForeignKey("invitation_rounds.id"), unique=True)
    """The round by which it was told, by mail or by hand; None where nobody had to be."""
    consequences: Mapped[Json]
    at: Mapped[datetime] = mapped_column(default=clock.now)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    event: Mapped[Event] = relationship()
    round: Mapped[InvitationRound | None] = relationship()
    by: Mapped[User | None] = relationship()
