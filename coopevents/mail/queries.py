"""Reads of the outbox."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Boolean, ColumnElement, and_, func, literal_column, or_, select

from coopevents import clock
from coopevents.db import db, one_of
from coopevents.directory.models import Channel, ContactPoint
from coopevents.errors import NotFoundError
from coopevents.i18n import _
from coopevents.mail import window
from coopevents.mail.models import Batch, BatchState, Message, MessageState
from coopevents.mail.words import WHY_SKIPPED

LOST = (MessageState.FAILED, MessageState.BOUNCED)

WAITING: ColumnElement[bool] = literal_column("messages.state IN ('queued', 'retry')", Boolean())
"""Written out, so that the planner sees the condition of the index `ix_messages_due` in it."""


def due(at: datetime) -> ColumnElement[bool]:
    """Answer the condition that a message may leave at `at`; joins `Batch` from outside."""
    return and_(
        WAITING,
        Message.next_try_at <= at,
        or_(Message.not_after.is_(None), Message.not_after >= at),
        or_(
            Message.batch_id.is_(None),
            and_(
                Batch.state.in_([BatchState.HELD, BatchState.RUNNING]),
                Batch.hold_until <= at,
                window.open_at(Batch.window, at),
            ),
        ),
    )


def count_due(at_most: int) -> int:
    """Answer how many messages may leave now, counting no further than `at_most`."""
    found = (
        select(Message.id).outerjoin(Message.batch).where(due(clock.now())).limit(at_most)
    ).subquery()
    return db.session.scalar(select(func.count()).select_from(found)) or 0


def is_held(batch: Batch) -> bool:
    """Whether the batch still waits for its hold to end, so that stopping it leaves nothing out."""
    return batch.state is BatchState.HELD and batch.hold_until > clock.now()


def get_batch(batch_id: int) -> Batch:
    """Answer the batch. Raises NotFoundError."""
    batch = db.session.get(Batch, batch_id)
    if batch is None:
        raise NotFoundError(_("There is no such batch of messages."))
    return batch


def get_message(message_id: int) -> Message:
    """Answer the message. Raises NotFoundError."""
    message = db.session.get(Message, message_id)
    if message is None:
        raise NotFoundError(_("There is no such message."))
    return message


def count_by_state(batch: Batch) -> dict[MessageState, int]:
    """Answer how many messages of the batch stand in each state; every state is named."""
    rows = db.session.execute(
        select(Message.state, func.count())
        .where(Message.batch_id == batch.id)
        .group_by(Message.state)
    )
    return dict.fromkeys(MessageState, 0) | dict(rows.all())


def list_uncertain(batch: Batch | None = None) -> Sequence[Message]:
    """Answer the messages of which nobody knows whether they arrived, the oldest first."""
    found = select(Message).where(Message.state == MessageState.UNCERTAIN).order_by(Message.id)
    if batch is not None:
        found = found.where(Message.batch_id == batch.id)
    return db.session.scalars(found).all()


def list_failed(batch: Batch) -> Sequence[Message]:
    """Answer the messages of the batch that were given up or came back, the oldest first."""
    return db.session.scalars(
        select(Message)
        .where(Message.batch_id == batch.id, Message.state.in_(LOST))
        .order_by(Message.id)
    ).all()


def last_errors(batch: Batch, number: int) -> Sequence[str | None]:
    """Answer what went wrong with each of the last hand-overs of the batch, the latest first."""
    return db.session.scalars(
        select(Message.last_error)
        .where(Message.batch_id == batch.id, Message.tries > 0)
        .where(Message.state.not_in([MessageState.CLAIMED, MessageState.SENDING]))
        .order_by(Message.claimed_at.desc())
        .limit(number)
    ).all()


def list_skipped(batch: Batch) -> Sequence[Message]:
    """Answer the messages of the batch that did not leave: unwanted, or to a dead address."""
    return db.session.scalars(
        select(Message)
        .where(
            Message.batch_id == batch.id,
            Message.state == MessageState.CANCELLED,
            Message.last_error.in_(WHY_SKIPPED),
        )
        .order_by(Message.id)
    ).all()


def oldest_unsent() -> datetime | None:
    """Answer since when the message that has waited longest could have left.

    What a person holds, paused or stopped, and what waits for its hours, is not late.
    """
    in_hand = Message.state.in_([MessageState.CLAIMED, MessageState.SENDING])
    since: datetime | None = db.session.scalar(
        select(func.min(func.greatest(Message.queued_at, Batch.hold_until)))
        .outerjoin(Message.batch)
        .where(or_(due(clock.now()), in_hand))
    )
    return since


def messages_about(kind: str, ids: Collection[int]) -> Sequence[Message]:
    """Answer the messages about these rows of one kind, the oldest first."""
    return db.session.scalars(
        select(Message)
        .where(Message.about_kind == kind, one_of(Message.about_id, ids))
        .order_by(Message.id)
    ).all()


def last_locale(kind: str, id_: int) -> str | None:
    """Answer the language of the last message about the row; None where there is none."""
    return db.session.scalar(
        select(Message.locale)
        .where(Message.about_kind == kind, Message.about_id == id_)
        .order_by(Message.id.desc())
        .limit(1)
    )


def addresses_told(addresses: Collection[str], template: str, within: timedelta) -> dict[str, int]:
    """Answer how often each of the addresses was written to in these words within so long a time.

    Whoever's they are in the register: an address may be typed for many people.
    """
    if not addresses:
        return {}
    told = (
        select(ContactPoint.value, func.count())
        .join(Message, Message.contact_point_id == ContactPoint.id)
        .where(
            ContactPoint.channel == Channel.EMAIL,
            ContactPoint.value.in_(addresses),
            Message.template == template,
            Message.queued_at > clock.now() - within,
        )
        .group_by(ContactPoint.value)
    )
    return dict(iter(db.session.execute(told)))
