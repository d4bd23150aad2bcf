from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coopevents import clock
from coopevents.accounts.models import User
from coopevents.db import Base
from coopevents.events.models import Event

OTHER = "other"
"""The kind of what is none of the papers that the kind of activity asks for."""


class Material(Base):
    """A file of an activity: a plan, a signed list, a photo. Removed, its row stays.

    `file_hash` says where its content lies (files.py), until a sweep finds that no standing row
    refers to it; `sent_hash` is of what was sent, before a picture was drawn anew.
    """

    __tablename__ = "materials"
    __table_args__ = (
        CheckConstraint("length(file_hash) = 64", name="file_hash"),
        CheckConstraint("length(sent_hash) = 64", name="sent_hash"),
        CheckConstraint("size > 0", name="size"),
        CheckConstraint(
            "(removed_at IS NULL) = (removed_reason IS NULL)", name="removed_for_a_reason"
        ),
        Index("ix_materials_event", "event_id", "rank"),
        Index("ix_materials_file_hash", "file_hash"),
        Index(
            "uq_materials_standing",
            "event_id",
            "sent_hash",
            unique=True,
            postgresql_where="removed_at IS NULL",
        ),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    file_hash: Mapped[str]
    sent_hash: Mapped[str]
    size: Mapped[int]
    """In bytes."""
    content_type: Mapped[str]
    name: Mapped[str]
    """How it is downloaded."""
    kind: Mapped[str]
    """The key of one of the papers its kind of activity asks for, or OTHER."""
    title: Mapped[str]
    shown_to_participants: Mapped[bool] = mapped_column(default=False)
    rank: Mapped[int]
    uploaded_at: Mapped[datetime] = mapped_column(default=clock.now)
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    removed_at: Mapped[datetime | None]
    removed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    removed_reason: Mapped[str | None]

    event: Mapped[Event] = relationship()
    uploaded_by: Mapped[User | None] = relationship(foreign_keys=[uploaded_by_id])
    removed_by: Mapped[User | None] = relationship(foreign_keys=[removed_by_id])
