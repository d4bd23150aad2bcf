"""Messages that must not leave as they are: what they are about has changed since."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, case, func, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB, array

from coopevents import clock, jobs
from coopevents.db import Json, db, one_of
from coopevents.jobs import Job
from coopevents.mail.models import Batch, Message, MessageState, Priority
from coopevents.mail.moves import move

NOT_LEFT = frozenset({MessageState.QUEUED, MessageState.RETRY, MessageState.CLAIMED})
"""Nothing of these was handed over, or the server did not take it: they can still be stopped."""

LEFT = frozenset({MessageState.SENDING, MessageState.SENT, MessageState.UNCERTAIN})
"""These were read, or may have been."""

IN_HAND = frozenset({MessageState.SENDING, MessageState.UNCERTAIN})
"""These have left, and may be sent once more: when the server asks for it, or a person decides."""

WITHDRAWN = "withdrawn: the activity has changed"


def lock_about(kind: str, ids: Collection[int]) -> Sequence[Message]:
    """Answer the messages about these rows, the oldest first; none of them moves meanwhile.

    Batches before their messages, and both in order, as a worker takes them.
    """
    about = (Message.about_kind == kind, one_of(Message.about_id, ids))
    waiting = (*about, Message.state.in_(NOT_LEFT))
    # Of those in the hands of the server too: what it answers is noted under the batch's lock, and
    # so either stands already or finds what was decided here.
    batches = select(Message.batch_id).where(*about, Message.state.in_(NOT_LEFT | IN_HAND))
    db.session.execute(
        select(Batch.id).where(Batch.id.in_(batches)).order_by(Batch.id).with_for_update()
    )
    db.session.execute(select(Message.id).where(*waiting).order_by(Message.id).with_for_update())
    found = select(Message).where(*about).order_by(Message.id)
    return db.session.scalars(found.execution_options(populate_existing=True)).all()


def overtake(kind: str, ids: Collection[int]) -> None:
    """Let nothing about these rows that has left already be sent a second time as it is.

    A server that asks to come back later, a worker that ended and a person who decides would
    otherwise send the old words after the new ones.
    """
    # A row that a worker is just writing is one whose mail was taken: it waits for its commit.
    # Waiting for it could wait for ever, as that worker may want a row held here.
    held = db.session.scalars(
        select(Message.id)
        .where(
            Message.about_kind == kind, one_of(Message.about_id, ids), Message.state.in_(IN_HAND)
        )
        .with_for_update(skip_locked=True)
    ).all()
    db.session.execute(
        update(Message)
        .where(Message.id.in_(held))
        .values(not_after=clock.now())
        .execution_options(synchronize_session=False)
    )


def withdraw(message_ids: Collection[int]) -> int:
    """Cancel what of these has not left, and answer how many that was."""
    taken = move(
        NOT_LEFT, MessageState.CANCELLED, one_of(Message.id, message_ids), last_error=WITHDRAWN
    )
    return len(db.session.execute(taken.returning(Message.id)).all())


def revise(
    message_ids: Collection[int],
    context: Json,
    calendar: Json | None,
    begins: datetime | None,
    ends: datetime | None,
) -> int:
    """Have what of these has not left say what is true now, and answer how many that was.

    They keep their links, batches and turns. `calendar` replaces the file of those that put entries
    into calendars, but for its UID; a file that takes entries out stays. Of those that have an end,
    rounds leave until it begins, and all others until it ends.
    """
    # A worker that has read one of them finds it taken back, and leaves it alone.
    ours = one_of(Message.id, message_ids)
    db.session.execute(move({MessageState.CLAIMED}, MessageState.QUEUED, ours))
    said: Any = Message.context.op("||")(literal(context, JSONB()))
    if calendar is not None:
        uid = func.jsonb_build_object("uid", Message.context["calendar"]["uid"])
        file = literal(calendar, JSONB()).op("||")(uid)
        puts_in = Message.context["calendar"]["method"].astext == "REQUEST"
        said = case((puts_in, func.jsonb_set(said, array(["calendar"]), file)), else_=said)
    revised = (
        update(Message)
        .where(ours, Message.state.in_([MessageState.QUEUED, MessageState.RETRY]))
        .values(
            context=said,
            not_after=case(
                (Message.not_after.is_(None), None),
                (Message.priority == Priority.ROUND, literal(begins, DateTime(timezone=True))),
                else_=literal(ends, DateTime(timezone=True)),
            ),
        )
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    jobs.enqueue(Job.DELIVER_MESSAGES)
    return len(db.session.execute(revised).all())
