from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coopevents import clock
from coopevents.db import Base, Json


class BatchState(StrEnum):
    HELD = "held"
    """Written, and waiting for its hold to end: a person can still stop it."""
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"


class MessageState(StrEnum):
    QUEUED = "queued"
    CLAIMED = "claimed"
    """Leased by a worker; its hand-over has not begun, so it may simply go back."""
    SENDING = "sending"
    """Handed to the server, its answer not yet recorded."""
    SENT = "sent"
    RETRY = "retry"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    """The worker died between the server's answer and our record: nobody knows."""
    CANCELLED = "cancelled"
    BOUNCED = "bounced"


FINAL = frozenset(
    {MessageState.SENT, MessageState.FAILED, MessageState.CANCELLED, MessageState.BOUNCED}
)


class Priority(StrEnum):
    """Answers to a person's own act go before rounds. Stored so that they sort by value."""

    ANSWER = "1-answer"
    ROUND = "5-round"


class MailKind(StrEnum):
    """What an address may refuse. A message without a kind always goes: it follows an own act."""

    INVITATIONS = "invitations"
    """Invitations and reminders of them."""
    NEWS = "news"


class ReturnKind(StrEnum):
    """What a mail that came to the mailbox of returned mail says."""

    FAILED = "failed"
    """Our message did not arrive, for good."""
    GIVEN_UP = "given_up"
    """Its server could not be reached for days; the address itself may be right."""
    DELAYED = "delayed"
    UNSUBSCRIBE = "unsubscribe"


class Batch(Base):
    """Messages that were decided on together and are held, sent, paused and stopped together."""

    __tablename__ = "batches"

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    state: Mapped[BatchState] = mapped_column(default=BatchState.HELD)
    hold_until: Mapped[datetime]
    error_count: Mapped[int] = mapped_column(default=0)
    window: Mapped[str]
    """When its messages may leave: `always`, or hours such as `07:30-17:00` of working days."""
    paused_reason: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class Message(Base):
    """One mail to one contact point: the truth about it, of which a job is only the doorbell.

    `context` is everything its text needs, frozen when it was decided. `sealed_link` holds the
    personal link, encrypted, until the message has been sent; only hashes of links stay.
    """

    __tablename__ = "messages"
    __table_args__ = (
        Index(
            "ix_messages_due",
            "priority",
            "next_try_at",
            "id",
            postgresql_where="state IN ('queued', 'retry')",
        ),
        Index(
            "ix_messages_held_by_worker",
            "claimed_at",
            postgresql_where="state IN ('claimed', 'sending')",
        ),
        Index("ix_messages_batch", "batch_id", "state"),
        Index("ix_messages_about", "about_kind", "about_id"),
        CheckConstraint("tries >= 0", name="tries"),
    )

    programme_id: Mapped[int | None] = mapped_column(ForeignKey("programmes.id"))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batches.id"))
    dedupe_key: Mapped[str] = mapped_column(unique=True)
    contact_point_id: Mapped[int | None] = mapped_column(
        ForeignKey("contact_points.id"), index=True
    )
    address: Mapped[str]
    recipient_name: Mapped[str]
    template: Mapped[str]
    locale: Mapped[str]
    kind: Mapped[MailKind | None]
    context: Mapped[Json]
    sealed_link: Mapped[str | None]
    about_kind: Mapped[str | None]
    about_id: Mapped[int | None] = mapped_column(BigInteger)
    """What the message is about, named for whoever asks; mail itself follows no such link."""
    priority: Mapped[Priority]
    state: Mapped[MessageState] = mapped_column(default=MessageState.QUEUED)
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime] = mapped_column(default=clock.now)
    not_after: Mapped[datetime | None]
    claimed_by: Mapped[str | None]
    claimed_at: Mapped[datetime | None]
    message_id: Mapped[str] = mapped_column(unique=True)
    last_error: Mapped[str | None]
    queued_at: Mapped[datetime] = mapped_column(default=clock.now)
    sent_at: Mapped[datetime | None]

    batch: Mapped[Batch | None] = relationship()


class UnsubscribeLink(Base):
    """A mail of one kind to one address told how to stop that kind. Only the hash is kept."""

    __tablename__ = "unsubscribe_links"
    __table_args__ = (CheckConstraint("length(token_hash) = 64", name="token_hash"),)

    contact_point_id: Mapped[int] = mapped_column(ForeignKey("contact_points.id"), index=True)
    kind: Mapped[MailKind]
    address: Mapped[str]
    """Where the mail went. Whoever stands there now may be somebody else."""
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class ReturnedMail(Base):
    """A mail that came back, or asked to be left alone. What it was is known by its hash."""

    __tablename__ = "returned_mails"
    __table_args__ = (CheckConstraint("length(fingerprint) = 64", name="fingerprint"),)
    append_only = True

    fingerprint: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[ReturnKind]
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"), index=True)
    status: Mapped[str]
    words: Mapped[str]
    """What the mail server said, in its own words."""
    noted_at: Mapped[datetime] = mapped_column(default=clock.now)


class MailboxPlace(Base):
    """How far a mailbox has been read. Its mails are numbered anew when `validity` changes."""

    __tablename__ = "mailbox_places"

    name: Mapped[str] = mapped_column(unique=True)
    validity: Mapped[int] = mapped_column(BigInteger)
    last_number: Mapped[int] = mapped_column(BigInteger)
    read_at: Mapped[datetime]
