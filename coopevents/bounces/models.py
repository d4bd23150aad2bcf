from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coopevents import clock
from coopevents.db import Base
from coopevents.directory.models import ContactPoint
from coopevents.mail.models import Message


class AddressCall(Base):
    """Somebody is to be called, because a mail to that address came back.

    One at a time in a programme for each way to be reached, however many mails come back.
    """

    __tablename__ = "address_calls"
    __table_args__ = (
        CheckConstraint("num_nonnulls(done_at, note) IN (0, 2)", name="done_with_a_note"),
        CheckConstraint("done_by_id IS NULL OR done_at IS NOT NULL", name="done_by"),
        Index(
            "uq_address_calls_open",
            "contact_point_id",
            "programme_id",
            unique=True,
            postgresql_where="done_at IS NULL",
        ),
    )

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"), index=True)
    contact_point_id: Mapped[int] = mapped_column(ForeignKey("contact_points.id"), index=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), index=True)
    """The first mail that came back."""
    address: Mapped[str]
    status: Mapped[str]
    words: Mapped[str]
    opened_at: Mapped[datetime] = mapped_column(default=clock.now)
    note: Mapped[str | None]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    contact_point: Mapped[ContactPoint] = relationship()
    message: Mapped[Message] = relationship()
