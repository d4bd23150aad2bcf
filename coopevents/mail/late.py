"""Mail that is on its way for long: its server has said so, or ours does not take it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select

from coopevents import clock
from coopevents.db import db, one_of
from coopevents.mail.models import Batch, Message, MessageState, ReturnedMail, ReturnKind

OFTEN, LONG = 2, timedelta(hours=1)
"""What was put off once is tried again in a minute, and is nobody's concern. It is late after so
many tries, or so long after the last one: a round that has paused tries nothing."""


@dataclass(frozen=True)
class Delayed:
    """A mail that may still arrive, and what was said of it last."""

    message: Message
    words: str

    @property
    def since(self) -> datetime:
        """Since when it is on its way."""
        return self.message.sent_at or self.message.queued_at

    @property
    def next_try_at(self) -> datetime | None:
        """When it is tried again; None where another server does, or nobody before a person."""
        message = self.message
        is_ours = message.state is MessageState.RETRY and message.next_try_at > clock.now()
        return message.next_try_at if is_ours else None


def is_delayed() -> ColumnElement[bool]:
    """Answer the condition that a message is delayed, and neither lost nor given up."""
    about = select(ReturnedMail.id).where(ReturnedMail.message_id == Message.id)
    ended = about.where(ReturnedMail.kind.in_([ReturnKind.FAILED, ReturnKind.GIVEN_UP]))
    return or_(
        and_(
            Message.state == MessageState.SENT,
            about.where(ReturnedMail.kind == ReturnKind.DELAYED).exists(),
            ~ended.exists(),
        ),
        and_(
            Message.state == MessageState.RETRY,
            or_(Message.tries >= OFTEN, Message.claimed_at < clock.now() - LONG),
        ),
    )


def list_delayed(batch: Batch) -> list[Delayed]:
    """Answer the messages of the batch that are delayed, the oldest first. Two queries."""
    messages = db.session.scalars(
        select(Message).where(Message.batch_id == batch.id, is_delayed()).order_by(Message.id)
    ).all()
    said = _said_of(messages)
    return [Delayed(one, said.get(one.id) or one.last_error or "") for one in messages]


def _said_of(messages: Sequence[Message]) -> dict[int | None, str]:
    sent = [message.id for message in messages if message.state is MessageState.SENT]
    rows = db.session.execute(
        select(ReturnedMail.message_id, ReturnedMail.words)
        .where(one_of(ReturnedMail.message_id, sent), ReturnedMail.kind == ReturnKind.DELAYED)
        # The last row of a message is the one that stays.
        .order_by(ReturnedMail.id)
    )
    return dict(iter(rows))
