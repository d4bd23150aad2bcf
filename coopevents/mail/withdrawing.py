"""Messages that must not leave as they are: what they are about has changed since."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, case, func, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB, array

from coopevents import jobs
from coopevents.db import Json, db
from coopevents.jobs import Job
from coopevents.mail.models import Batch, Message, MessageState
from coopevents.mail.moves import move

NOT_LEFT = frozenset({MessageState.QUEUED, MessageState.RETRY, MessageState.CLAIMED})
"""Nothing of these was handed over, or the server did not take it: they can still be stopped."""

LEFT = frozenset({MessageState.SENDING, MessageState.SENT, MessageState.UNCERTAIN})
"""These were read, or may have been."""

WITHDRAWN = "withdrawn: the activity has changed"


def lock_about(kind: str, ids: Collection[int]) -> Sequence[Message]:
    """Answer the messages about these rows, the oldest first; none of them moves meanwhile.

    Batches before their messages, and both in order, as a worker takes them.
    """
    about = (Message.about_kind == kind, Message.about_id.in_(ids))
    waiting = (*about, Message.state.in_(NOT_LEFT))
    batches = select(Message.batch_id).where(*waiting)
    db.session.execute(
        select(Batch.id).where(Batch.id.in_(batches)).order_by(Batch.id).with_for_update()
    )
    db.session.execute(select(Message.id).where(*waiting).order_by(Message.id).with_for_update())
    found = select(Message).where(*about).order_by(Message.id)
    return db.session.scalars(found.execution_options(populate_existing=True)).all()


def withdraw(message_ids: Collection[int]) -> int:
    """Cancel what of these has not left, and answer how many that was."""
    taken = move(
        NOT_LEFT, MessageState.CANCELLED, Message.id.in_(message_ids), last_error=WITHDRAWN
    )
    return len(db.session.execute(taken.returning(Message.id)).all())


def revise(
    message_ids: Collection[int],
    context: Json,
    calendar: Json | None,
    not_after: datetime | None,
) -> int:
    """Have what of these has not left say what is true now, and answer how many that was.

    They keep their links, batches and turns. `calendar` replaces the file of those that have one,
    but for its UID; `not_after` the end of those that have an end.
    """
    # A worker that has read one of them finds it taken back, and leaves it alone.
    ours = Message.id.in_(message_ids)
    db.session.execute(move({MessageState.CLAIMED}, MessageState.QUEUED, ours))
    said: Any = Message.context.op("||")(literal(context, JSONB()))
    if calendar is not None:
        uid = func.jsonb_build_object("uid", Message.context["calendar"]["uid"])
        file = literal(calendar, JSONB()).op("||")(uid)
        said = case(
            (Message.context.has_key("calendar"), func.jsonb_set(said, array(["calendar"]), file)),
            else_=said,
        )
    revised = (
        update(Message)
        .where(ours, Message.state.in_([MessageState.QUEUED, MessageState.RETRY]))
        .values(
            context=said,
            not_after=case(
                (Message.not_after.is_not(None), literal(not_after, DateTime(timezone=True)))
            ),
        )
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    jobs.enqueue(Job.DELIVER_MESSAGES)
    return len(db.session.execute(revised).all())
