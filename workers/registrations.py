"""Places that nobody confirmed in time go to those who wait."""

import structlog

from coopevents import lifecycle
from coopevents.db import db
from coopevents.i18n import LOCALES
from coopevents.jobs import Job, celery
from coopevents.registrations import queries

logger = structlog.get_logger()


@celery.task(name=Job.GIVE_LAPSED_PLACES.value)
def give_lapsed_places() -> None:
    """Give the places that lapsed to the waiting lists, one activity at a time."""
    for event in queries.events_with_lapsed_places():
        lifecycle.give_lapsed_places(event, LOCALES[0])
        db.session.commit()
        logger.info("places that lapsed were given on", activity=event.id)
