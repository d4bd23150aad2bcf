"""Reading the mailbox that mail comes back to. Each mail is done with once, however often read."""

import structlog
from flask import current_app
from sqlalchemy.exc import DataError

from coopevents.db import db
from coopevents.jobs import Job, celery
from coopevents.lifecycle import receiving
from coopevents.mail import mailbox, returning
from coopevents.mail.mailbox import Mailbox, UnreadableError
from coopevents.mail.returned import Unread, read

logger = structlog.get_logger()


@celery.task(name=Job.READ_RETURNED.value)
def read_returned() -> None:
    """Do what the mails ask for that came since the last time.

    A mail is marked as read, and passed by, only after what it says is kept: whoever dies between
    the two finds it again, and knows it by its hash. What is not about our messages stays unread.
    """
    url = current_app.config["BOUNCE_MAILBOX"]
    if not url:
        return
    try:
        with mailbox.opened(url) as box:
            _read_all(box)
    except UnreadableError as error:
        logger.warning("the mailbox of returned mail cannot be read", reason=str(error))


def _read_all(box: Mailbox) -> None:
    last = returning.read_up_to(box.name, box.validity)
    db.session.commit()
    for number in box.numbers_after(last):
        data = box.fetch(number)
        if data is not None and _take(data, number):
            box.mark_read(number)
        returning.keep_place(box.name, box.validity, number)
        # No transaction waits for the network.
        db.session.commit()


def _take(data: bytes, number: int) -> bool:
    """Do what the mail asks for; False when it stays to be read by a person."""
    returned = read(data)
    if isinstance(returned, Unread):
        why = returned.value
    else:
        try:
            is_ours = receiving.record_returned(data, returned)
            db.session.commit()
        except DataError as error:
            # It would stop everything that comes after it, for ever.
            db.session.rollback()
            logger.error("a mail could not be kept", number=number, reason=type(error).__name__)
            return False
        if is_ours:
            return True
        why = "unknown"
    # No word of the mail itself: it may hold anything about anybody.
    logger.info("a mail was left unread", number=number, why=why, size=len(data))
    return False
