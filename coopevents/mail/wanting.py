"""What must not be sent though it was queued: the addressee wants none, or cannot be reached."""

from sqlalchemy import ColumnElement, and_, case, exists, or_, select

from coopevents.db import db
from coopevents.directory.models import ContactPoint
from coopevents.mail.models import MailKind, Message, MessageState
from coopevents.mail.moves import move

COLUMNS = {
    MailKind.INVITATIONS: "unsubscribed_at",
    MailKind.NEWS: "news_unsubscribed_at",
}
"""Where a contact point says since when it wants none of a kind."""

UNSUBSCRIBED, HELD = "unsubscribed", "held"
"""Why such a message was cancelled, as its row says it."""

_STOPPED = or_(
    *(
        and_(Message.kind == kind, getattr(ContactPoint, column).is_not(None))
        for kind, column in COLUMNS.items()
    )
)
_GONE = and_(
    Message.kind.is_not(None),
    or_(ContactPoint.held_at.is_not(None), ContactPoint.dead_at.is_not(None)),
)


def is_wanted() -> ColumnElement[bool]:
    """Answer the condition that the message may still be sent to whom it is for.

    What follows somebody's own act has no kind, and always goes.
    """
    return ~exists().where(ContactPoint.id == Message.contact_point_id, or_(_STOPPED, _GONE))


def drop(*conditions: ColumnElement[bool]) -> int:
    """Cancel what of these has not left and must not, and answer how many messages that was."""
    why = select(case((_STOPPED, UNSUBSCRIBED), else_=HELD)).where(
        ContactPoint.id == Message.contact_point_id
    )
    waiting = {MessageState.QUEUED, MessageState.RETRY, MessageState.CLAIMED}
    # In order, as everybody takes them who takes several.
    taken = (
        select(Message.id)
        .where(*conditions, ~is_wanted(), Message.state.in_(waiting))
        .order_by(Message.id)
        .with_for_update()
        .cte("unwanted")
    )
    dropped = move(
        waiting,
        MessageState.CANCELLED,
        Message.id.in_(select(taken.c.id)),
        last_error=why.scalar_subquery(),
    )
    return len(db.session.execute(dropped.returning(Message.id)).all())
