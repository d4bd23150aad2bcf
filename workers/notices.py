"""The daily mails to officers, and removing news that is too old."""

import structlog

from coopevents import clock
from coopevents.db import db
from coopevents.jobs import Job, celery
from coopevents.notices import digests, service

logger = structlog.get_logger()


@celery.task(name=Job.SEND_DIGESTS.value)
def send_digests() -> None:
    """See to each user's mail of the day, once the office is open; ringing twice mails once."""
    on = digests.day_due(clock.now())
    if on is None:
        return
    for user_id in digests.list_waiting(on):
        digests.send(user_id, on)
        db.session.commit()


@celery.task(name=Job.TIDY_NOTICES.value)
def tidy_notices() -> None:
    """Remove news that is too old."""
    removed = service.tidy()
    db.session.commit()
    if removed:
        logger.info("old notices were removed", notices=removed)
