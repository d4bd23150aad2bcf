from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coopevents import clock
from coopevents.accounts.models import HostBody, User
from coopevents.db import Base
from coopevents.directory.models import Organisation


class CalendarFeed(Base):
    """An address a calendar program reads again and again: an officer's, or an organisation's.

    Only the hash of its token is kept. `submission_id` is made when the form is rendered: a form
    sent twice makes one feed.
    """

    __tablename__ = "calendar_feeds"
    __table_args__ = (
        CheckConstraint("num_nonnulls(user_id, organisation_id) = 1", name="one_reader"),
        CheckConstraint("body_id IS NULL OR user_id IS NOT NULL", name="body_of_an_officer"),
        CheckConstraint("length(token_hash) = 64", name="token_hash"),
    )

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    body_id: Mapped[int | None] = mapped_column(ForeignKey("host_bodies.id"))
    """Only what this body hosts; None: everything."""
    locale: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    submission_id: Mapped[UUID] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    revoked_at: Mapped[datetime | None]

    user: Mapped[User | None] = relationship(foreign_keys=user_id)
    organisation: Mapped[Organisation | None] = relationship()
    body: Mapped[HostBody | None] = relationship()
