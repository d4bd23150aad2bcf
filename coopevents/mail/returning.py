"""Keeping what came back: each mail once, and how far the mailbox has been read."""

import hashlib
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from coopevents import clock
from coopevents.audit import service as audit
from coopevents.db import db
from coopevents.mail.models import MailboxPlace, Message, MessageState, ReturnedMail
from coopevents.mail.moves import move
from coopevents.mail.returned import Returned

HANDED_OVER = frozenset(
    {
        MessageState.SENDING,
        MessageState.SENT,
        MessageState.UNCERTAIN,
        MessageState.RETRY,
        MessageState.QUEUED,
    }
)
"""A server has had it, or may have: a message that is tried again may have arrived before."""


def read_up_to(name: str, validity: int) -> int:
    """Answer the number of the last mail that was read; 0 when the mailbox was numbered anew."""
    place = db.session.scalar(select(MailboxPlace).where(MailboxPlace.name == name))
    return place.last_number if place and place.validity == validity else 0


def keep_place(name: str, validity: int, number: int) -> None:
    """Note that all mails up to this number were read."""
    values = {"validity": validity, "last_number": number, "read_at": clock.now()}
    db.session.execute(
        insert(MailboxPlace)
        .values(name=name, **values)
        .on_conflict_do_update(index_elements=["name"], set_=values)
    )


def find_message(returned: Returned) -> Message | None:
    """Answer the message of ours that the mail is about; what it says first counts first."""
    host = urlsplit(current_app.config["BASE_URL"]).hostname or "localhost"
    host = f"[IPv6:{host}]" if ":" in host else host
    asked = [*returned.message_ids, *(f"<{key}@{host}>" for key in returned.keys)]
    found = db.session.scalars(select(Message).where(Message.message_id.in_(asked))).all()
    return min(found, key=lambda message: asked.index(message.message_id), default=None)


def note(data: bytes, returned: Returned, message: Message | None) -> bool:
    """Keep what the mail said; False when this very mail was read before."""
    noted = db.session.scalar(
        insert(ReturnedMail)
        .values(
            fingerprint=hashlib.sha256(data).hexdigest(),
            kind=returned.kind,
            message_id=message.id if message else None,
            status=returned.status,
            words=returned.words,
            noted_at=clock.now(),
        )
        .on_conflict_do_nothing(index_elements=["fingerprint"])
        .returning(ReturnedMail.id)
    )
    return noted is not None


def mark_bounced(message: Message, returned: Returned) -> None:
    """Say that the message did not arrive, however sure its first server was that it would."""
    moved = db.session.execute(
        move(
            HANDED_OVER,
            MessageState.BOUNCED,
            Message.id == message.id,
            Message.tries > 0,
            last_error=f"{returned.status} {returned.words}".strip(),
        ).returning(Message.id)
    ).first()
    db.session.refresh(message)
    if moved:
        audit.record(
            "message.bounced",
            "message",
            message.id,
            programme_id=message.programme_id,
            changes={"status": (None, returned.status)},
        )
