from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coopevents import clock
from coopevents.db import Base


class IdempotentAnswer(Base):
    """What an API call with an Idempotency-Key was answered, kept for 24 hours."""

    __tablename__ = "idempotent_answers"
    __table_args__ = (UniqueConstraint("caller", "key"),)

    caller: Mapped[str]
    key: Mapped[str]
    body_hash: Mapped[str]
    status: Mapped[int | None]
    headers: Mapped[dict[str, str] | None]
    body: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class Heartbeat(Base):
    """The last sign of life of a part that works unseen, such as the worker."""

    __tablename__ = "heartbeats"

    part: Mapped[str] = mapped_column(unique=True)
    beat_at: Mapped[datetime]
