"""What went wrong on the way and a person must hear of: noted where it happens, told by whoever
knows what the messages are about."""

from collections import Counter
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Update, event
from sqlalchemy.orm import Session

from coopevents.db import db
from coopevents.mail.models import Message, MessageState


class Trouble(StrEnum):
    PAUSED = "paused"
    """A batch has paused itself."""
    BLOCKED = "blocked"
    """A batch has paused itself, because the mail server lets us send nothing."""
    FAILED = "failed"
    """A message was refused for good, or its last try went wrong."""
    UNCERTAIN = "uncertain"
    """Nobody knows whether a message arrived, and nothing is sent until a person decides."""


class Noted(NamedTuple):
    """Which trouble, of which batch; without a batch, of messages about which row."""

    trouble: Trouble
    batch_id: int | None
    about_kind: str | None = None
    about_id: int | None = None


AFTER = {MessageState.FAILED: Trouble.FAILED, MessageState.UNCERTAIN: Trouble.UNCERTAIN}


def _noted() -> list[Noted]:
    noted: list[Noted] = db.session().info.setdefault("mail_troubles", [])
    return noted


def note_paused(batch_id: int, *, is_blocked: bool) -> None:
    """Note that the batch has paused itself."""
    _noted().append(Noted(Trouble.BLOCKED if is_blocked else Trouble.PAUSED, batch_id))


def note_state(message: Message, state: MessageState) -> None:
    """Note what the message has come to, where a person must hear of it."""
    if state in AFTER:
        _noted().append(_of(AFTER[state], message.batch_id, message.about_kind, message.about_id))


def failed(message: Message) -> Noted:
    """Answer the trouble that the message did not arrive."""
    return _of(Trouble.FAILED, message.batch_id, message.about_kind, message.about_id)


def count_uncertain(statement: Update) -> int:
    """Carry out the move to `uncertain`, note each message, and answer how many there were."""
    columns = (Message.batch_id, Message.about_kind, Message.about_id)
    moved = db.session.execute(statement.returning(*columns)).all()
    _noted().extend(_of(Trouble.UNCERTAIN, *row) for row in moved)
    return len(moved)


def _of(
    trouble: Trouble, batch_id: int | None, about_kind: str | None, about_id: int | None
) -> Noted:
    # The messages of a batch are told of together.
    if batch_id is not None:
        return Noted(trouble, batch_id)
    return Noted(trouble, None, about_kind, about_id)


def take() -> Counter[Noted]:
    """Answer, once, what went wrong in this transaction, and how many times each."""
    return Counter(db.session().info.pop("mail_troubles", []))


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop("mail_troubles", None)
