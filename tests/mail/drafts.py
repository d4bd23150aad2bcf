"""Messages to test with."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from coopevents import clock
from coopevents.db import db
from coopevents.mail import service
from coopevents.mail.drafts import Draft
from coopevents.mail.models import Batch, Message, MessageState, Priority
from coopevents.programme.models import Programme


def draft(number: int = 1, **more: Any) -> Draft:
    """Answer what it takes to queue the message with this number."""
    plain: Draft = {
        "dedupe_key": f"test:{number}",
        "template": "notice",
        "address": f"htx{number}@coop.example",
        "recipient_name": f"Hợp tác xã số {number}",
        "locale": "vi",
        "context": {"subject": "Lịch tập huấn", "paragraphs": ["Kính mời."], "personal": {}},
        "priority": Priority.ANSWER,
        "programme_id": None,
    }
    return {**plain, **more}  # type: ignore[typeddict-item]


def queue(number: int = 1, **more: Any) -> Message:
    """Queue the message with this number."""
    return service.queue_message(**draft(number, **more))


def queue_round(size: int, *, first: int = 0, **more: Any) -> Batch:
    """Queue a round of so many messages, numbered from `first`, which may leave at once."""
    programme = db.session.scalars(select(Programme)).one()
    batch = service.open_batch(programme.id, 0, "always")
    drafts = [
        draft(n, batch=batch, priority=Priority.ROUND, **more) for n in range(first, first + size)
    ]
    service.queue_messages(drafts)
    return batch


def begun(**more: Any) -> Message:
    """Queue a message, lease it and begin to hand it over."""
    queue(**more)
    message = service.lease("a", 1)[0]
    assert service.begin_hand_over(message)
    return message


def state_of(message: Message) -> MessageState:
    """Answer the state of the message as the database has it."""
    return db.session.execute(select(Message.state).where(Message.id == message.id)).scalar_one()


def age(seconds: int) -> None:
    """Make every claim so many seconds older."""
    for message in db.session.scalars(select(Message).where(Message.claimed_at.is_not(None))):
        message.claimed_at = clock.now() - timedelta(seconds=seconds)
    db.session.flush()
