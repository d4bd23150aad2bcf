from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coopevents import clock
from coopevents.accounts.models import User
from coopevents.db import Base
from coopevents.events.models import Event


class Anchor(StrEnum):
    """What the days of an item are counted from; cancelled and moved sessions are passed over."""

    BEFORE_FIRST = "before_first"
    AFTER_LAST = "after_last"


class ChecklistItem(Base):
    """Something that has to be done for an activity.

    With an anchor `due_on` moves when the sessions move; without one it stays as somebody set it.
    """

    __tablename__ = "checklist_items"
    __table_args__ = (
        CheckConstraint("(anchor IS NULL) = (offset_days IS NULL)", name="anchored"),
        CheckConstraint("offset_days >= 0", name="offset_days"),
        CheckConstraint("done_at IS NOT NULL OR done_by_id IS NULL", name="done"),
        Index("ix_checklist_items_event", "event_id", "rank"),
        Index(
            "ix_checklist_items_open",
            "due_on",
            postgresql_where="done_at IS NULL AND dropped_at IS NULL",
        ),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    text: Mapped[str]
    anchor: Mapped[Anchor | None]
    offset_days: Mapped[int | None]
    """How many days before the first session, or after the last one."""
    due_on: Mapped[date | None]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    rank: Mapped[int]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    dropped_at: Mapped[datetime | None]
    submission_id: Mapped[UUID | None] = mapped_column(unique=True)
    """The form it was added by: sent twice, it adds one item."""
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    event: Mapped[Event] = relationship()
    owner: Mapped[User | None] = relationship(foreign_keys=[owner_id])
    done_by: Mapped[User | None] = relationship(foreign_keys=[done_by_id])
