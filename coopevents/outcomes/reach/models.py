from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from coopevents import clock
from coopevents.db import Base


class ReachChannel(StrEnum):
    """By what communication work reached people."""

    ARTICLE = "article"
    BROADCAST = "broadcast"
    SOCIAL_NETWORK = "social_network"
    LEAFLET = "leaflet"
    TALK = "talk"
    LOUDSPEAKER = "loudspeaker"
    OTHER = "other"


class ReachDeclaration(Base):
    """How many times people were reached by one piece of communication work, as declared.

    Nobody was counted: it is never attendance. A row without a number withdraws the one it
    corrects. The row nobody corrects stands.
    """

    __tablename__ = "reach_declarations"
    __table_args__ = (
        CheckConstraint("reached BETWEEN 0 AND 100000000", name="reached"),
        CheckConstraint("(corrects_id IS NULL) = (reason IS NULL)", name="reason_of_correction"),
        CheckConstraint("reached IS NOT NULL OR corrects_id IS NOT NULL", name="withdraws"),
    )
    append_only = True

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"), index=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), index=True)
    channel: Mapped[ReachChannel]
    reached: Mapped[int | None]
    reached_on: Mapped[date]
    """The day it appeared, was said, or was handed out."""
    evidence: Mapped[str]
    corrects_id: Mapped[int | None] = mapped_column(
        ForeignKey("reach_declarations.id"), unique=True
    )
    reason: Mapped[str | None]
    submission_id: Mapped[UUID] = mapped_column(unique=True)
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    by_label: Mapped[str]

    @property
    def is_withdrawn(self) -> bool:
        """Whether it only takes back what it corrects."""
        return self.reached is None
