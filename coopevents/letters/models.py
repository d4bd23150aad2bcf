from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coopevents import clock
from coopevents.db import Base, Json
from coopevents.events.models import Event
from coopevents.invitations.models import Invitation


class Letter(Base):
    """A printed invitation (giấy mời) of an activity: its number, its day, and what it says.

    It goes to many invitees under one number. `said` is all of its text but what is the invitee's
    own, so that a copy printed later says the same.
    """

    __tablename__ = "letters"
    __table_args__ = (
        UniqueConstraint("programme_id", "year", "symbol"),
        CheckConstraint("year = EXTRACT(year FROM dated_on)", name="year"),
    )
    append_only = True

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), index=True)
    symbol: Mapped[str]
    """Number and symbol as they are printed: 12/GM-HLHPN-LMHTX."""
    partner_symbol: Mapped[str | None]
    """The number the other body gave it in its own register."""
    dated_on: Mapped[date]
    year: Mapped[int]
    """Numbers begin anew each year."""
    said: Mapped[Json]
    submission_id: Mapped[UUID] = mapped_column(unique=True)
    issued_at: Mapped[datetime] = mapped_column(default=clock.now)
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    event: Mapped[Event] = relationship()


class LetterCopy(Base):
    """A letter was printed for an invitee. Printing it again for her is the same copy."""

    __tablename__ = "letter_copies"
    __table_args__ = (
        UniqueConstraint("letter_id", "invitation_id"),
        CheckConstraint("replaces_id <> letter_id", name="replaces_another"),
    )
    append_only = True

    letter_id: Mapped[int] = mapped_column(ForeignKey("letters.id"))
    invitation_id: Mapped[int] = mapped_column(ForeignKey("invitations.id"), index=True)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("letters.id"))
    """The letter the invitee had before; its number is named on this one."""
    printed_at: Mapped[datetime] = mapped_column(default=clock.now)
    printed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    letter: Mapped[Letter] = relationship(foreign_keys=[letter_id])
    replaces: Mapped[Letter | None] = relationship(foreign_keys=[replaces_id])
    invitation: Mapped[Invitation] = relationship()
