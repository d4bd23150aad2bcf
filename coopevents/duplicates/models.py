from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from coopevents import clock
from coopevents.db import Base


class PersonMerge(Base):
    """Two people were found to be one. Reversible: no row of either is rewritten."""

    __tablename__ = "person_merges"
    __table_args__ = (CheckConstraint("kept_id <> merged_id", name="two_people"),)

    kept_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    merged_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    reason: Mapped[str]
    merged_at: Mapped[datetime] = mapped_column(default=clock.now)
    merged_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
