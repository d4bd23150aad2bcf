from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coopevents import clock
from coopevents.db import Base, Json


class NoticeKind(StrEnum):
    """What officers are told of; words.py says what each is called and where it leads."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    CALL_BACK = "call_back"
    """An invitee asks to be called back."""
    PLACE_REQUESTED = "place_requested"
    """Somebody who is not invited asks for a place."""
    RETURNED = "returned"
    """A mail came back, or was refused for good: it has not arrived."""
    ROUND_PAUSED = "round_paused"
    ROUND_UNCERTAIN = "round_uncertain"
    """Nobody knows whether a message arrived: a person has to decide."""
    REMINDER_MISSED = "reminder_missed"
    REPORT_READY = "report_ready"
    REPORT_FAILED = "report_failed"


class About(StrEnum):
    """What a notice is about, and with it the page it leads to."""

    EVENT = "event"
    ROUND = "round"
    """Its values name the event too, as `event_id`."""
    ORGANISATION = "organisation"
    REPORT = "report"


class Notice(Base):
    """News for one user. While she has not read it, more of the same about the same is folded in.

    The rows are her tray and no history: what happened stands where it happened.
    """

    __tablename__ = "notices"
    __table_args__ = (
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("mailed BETWEEN 0 AND number", name="mailed"),
        Index(
            "uq_notices_unread",
            "user_id",
            "kind",
            "about_kind",
            "about_id",
            unique=True,
            postgresql_where="read_at IS NULL",
        ),
        Index("ix_notices_told", "user_id", "told_at"),
    )

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[NoticeKind]
    about_kind: Mapped[About]
    about_id: Mapped[int] = mapped_column(BigInteger)
    details: Mapped[Json]
    """What its sentence needs, as of the last time: `title`, and what its page needs."""
    number: Mapped[int] = mapped_column(default=1)
    """How many times it happened since it was last read."""
    mailed: Mapped[int] = mapped_column(default=0)
    """How many of these a daily mail has told."""
    in_application: Mapped[bool]
    in_digest: Mapped[bool]
    """As she had chosen when it happened."""
    told_at: Mapped[datetime] = mapped_column(default=clock.now)
    """When it happened last."""
    read_at: Mapped[datetime | None]


class NoticeChoice(Base):
    """Where a user wants to hear of a kind of news; without a row the default of the kind holds."""

    __tablename__ = "notice_choices"
    __table_args__ = (UniqueConstraint("user_id", "kind"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[NoticeKind]
    in_application: Mapped[bool]
    in_digest: Mapped[bool]


class NoticeDigest(Base):
    """A user's daily mail of one day was seen to, even when there was nothing to tell.

    Whoever writes the row queues the mail: of two that try, one does.
    """

    __tablename__ = "notice_digests"
    __table_args__ = (UniqueConstraint("user_id", "on_day"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    on_day: Mapped[date]
    told: Mapped[int]
    """How many lines it had; without any, no mail was sent."""
    at: Mapped[datetime] = mapped_column(default=clock.now)
