"""Requests for places that nobody decided in time are closed, and old ones forgotten."""

import structlog

from coopevents.db import db
from coopevents.jobs import Job, celery
from coopevents.requests import queries, service

logger = structlog.get_logger()


@celery.task(name=Job.TIDY_REQUESTS.value)
def tidy_requests() -> None:
    """Close what is late, one activity at a time, and forget what was typed long ago."""
    for event in queries.events_to_close():
        event_id = event.id
        closed = service.close_late(event)
        db.session.commit()
        logger.info("requests were not decided in time", activity=event_id, requests=closed)
    erased = service.erase_old()
    db.session.commit()
    if erased:
        logger.info("old requests were forgotten", requests=erased)
