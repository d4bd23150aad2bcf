from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coopevents import clock
from coopevents.db import Base
from coopevents.invitations.models import InvitationRound


class ChannelAssignment(Base):
    """An invitee is told by hand over the channel of the round; the latest is the one that holds.

    It says what has to be done. What was done stands in a Delivery of the same round.
    """

    __tablename__ = "channel_assignments"
    __table_args__ = (UniqueConstraint("round_id", "invitation_id"),)
    append_only = True

    round_id: Mapped[int] = mapped_column(ForeignKey("invitation_rounds.id"))
    invitation_id: Mapped[int] = mapped_column(ForeignKey("invitations.id"), index=True)
    assigned_at: Mapped[datetime] = mapped_column(default=clock.now)
    assigned_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    round: Mapped[InvitationRound] = relationship()
