from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coopevents import clock
from coopevents.accounts.models import User
from coopevents.db import Base, Json
from coopevents.directory.models import Channel, Organisation, Person
from coopevents.events.models import Event
from coopevents.mail.models import Batch


class RoundKind(StrEnum):
    INVITATION = "invitation"
    REMINDER = "reminder"
    POSTPONEMENT = "postponement"
    CANCELLATION = "cancellation"
    CHANGE = "change"
    """A session went elsewhere or was cancelled, or the place changed; the activity stands."""


class RoundState(StrEnum):
    CONFIRMED = "confirmed"
    STOPPED = "stopped"


class InvitationState(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CANCELLED = "cancelled"


class Answer(StrEnum):
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CALL_BACK = "call_back"
    TO_CONFIRM = "to_confirm"
    """No answer of the invitee: the days it was about do not hold any more, so it is asked anew."""


class InvitedAs(StrEnum):
    """As what a person is invited; what she does at the activity stands in its roles."""

    OFFICIAL = "official"
    SPEAKER = "speaker"
    GUEST = "guest"


class LinkPurpose(StrEnum):
    ANSWER = "answer"


class InvitationRound(Base):
    """One decision to tell a set of invitees something, over one channel."""

    __tablename__ = "invitation_rounds"

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), index=True)
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batches.id"), unique=True)
    channel: Mapped[Channel]
    kind: Mapped[RoundKind]
    state: Mapped[RoundState] = mapped_column(default=RoundState.CONFIRMED)
    audience: Mapped[Json]
    """The choice that made the audience, as it was previewed."""
    confirmed_at: Mapped[datetime] = mapped_column(default=clock.now)
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    event: Mapped[Event] = relationship()
    batch: Mapped[Batch | None] = relationship()


class Invitation(Base):
    """An organisation, or one person, was asked to an event: once, with a number of seats."""

    __tablename__ = "invitations"
    __table_args__ = (
        CheckConstraint("num_nonnulls(organisation_id, person_id) = 1", name="one_invitee"),
        CheckConstraint("(person_id IS NULL) = (invited_as IS NULL)", name="as_what"),
        CheckConstraint("person_id IS NULL OR seats = 1", name="own_seat"),
        CheckConstraint("seats > 0", name="seats"),
        Index(
            "uq_invitations_organisation",
            "event_id",
            "organisation_id",
            unique=True,
            postgresql_where="organisation_id IS NOT NULL",
        ),
        Index(
            "uq_invitations_person",
            "event_id",
            "person_id",
            unique=True,
            postgresql_where="person_id IS NOT NULL",
        ),
        UniqueConstraint("id", "event_id"),
    )

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    invited_as: Mapped[InvitedAs | None]
    """None of an organisation. A person answers for herself, and stands for no organisation."""
    seats: Mapped[int]
    state: Mapped[InvitationState] = mapped_column(default=InvitationState.PENDING)
    calendar_uid: Mapped[str] = mapped_column(unique=True)
    invited_at: Mapped[datetime] = mapped_column(default=clock.now)

    event: Mapped[Event] = relationship()
    organisation: Mapped[Organisation | None] = relationship()
    person: Mapped[Person | None] = relationship()


class InvitationAnswer(Base):
    """An answer to an invitation, however it came. The latest is the one that holds.

    `submission_id` is made when the form is rendered: a form sent twice is one answer.
    """

    __tablename__ = "invitation_answers"
    __table_args__ = (
        CheckConstraint("(answer = 'to_confirm') = (channel IS NULL)", name="channel_given"),
    )
    append_only = True

    invitation_id: Mapped[int] = mapped_column(ForeignKey("invitations.id"), index=True)
    answer: Mapped[Answer]
    reason: Mapped[str | None]
    channel: Mapped[Channel | None]
    """How it came; None where the days were changed and nobody answered."""
    replies: Mapped[Json] = mapped_column(default=dict)
    """What was said to the questions of the activity's kind, by their keys."""
    submission_id: Mapped[UUID] = mapped_column(unique=True)
    answered_at: Mapped[datetime] = mapped_column(default=clock.now)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class Reached(StrEnum):
    """What came of telling somebody by hand; what was noted last of a round is what holds."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"
    NO_ANSWER = "no_answer"
    """The telephone rang, and nobody took it."""
    WRONG_NUMBER = "wrong_number"
    CALL_BACK = "call_back"
    """Whoever took it asked to be called again, at the moment noted."""


class Delivery(Base):
    """An invitee was told on a channel that leaves no record of its own: paper, phone, Zalo.

    What happened to an e-mail stands in its message and is not written twice.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        CheckConstraint("(outcome = 'call_back') = (call_back_at IS NOT NULL)", name="call_back"),
    )
    append_only = True

    round_id: Mapped[int] = mapped_column(ForeignKey("invitation_rounds.id"), index=True)
    invitation_id: Mapped[int] = mapped_column(ForeignKey("invitations.id"), index=True)
    channel: Mapped[Channel]
    outcome: Mapped[str]
    note: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(default=clock.now)
    """When the invitee was told, or tried."""
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)
    submission_id: Mapped[UUID | None] = mapped_column(unique=True)
    """Made from the form it was noted in: a form sent twice notes it once."""
    call_back_at: Mapped[datetime | None]
    contact_point_id: Mapped[int | None] = mapped_column(ForeignKey("contact_points.id"))
    """The number that was called, where it is one of the register."""
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    by: Mapped[User | None] = relationship()


class AccessLink(Base):
    """A personal link to an invitation. Only hashes are kept: every copy is a link of its own."""

    __tablename__ = "access_links"
    __table_args__ = (CheckConstraint("length(token_hash) = 64", name="token_hash"),)

    invitation_id: Mapped[int] = mapped_column(ForeignKey("invitations.id"), index=True)
    purpose: Mapped[LinkPurpose]
    token_hash: Mapped[str] = mapped_column(unique=True)
    short_code_hash: Mapped[str | None] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    replaced_by_id: Mapped[int | None] = mapped_column(ForeignKey("access_links.id"))

    invitation: Mapped[Invitation] = relationship()
