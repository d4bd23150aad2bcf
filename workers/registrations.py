"""Places that nobody confirmed in time go to those who wait."""

import structlog
from flask import current_app

from coopevents import clock, lifecycle
from coopevents.db import db
from coopevents.i18n import LOCALES
from coopevents.jobs import Job, celery
from coopevents.mail import window
from coopevents.registrations import queries

logger = structlog.get_logger()


@celery.task(name=Job.GIVE_LAPSED_PLACES.value)
def give_lapsed_places() -> None:
    """Give the places that lapsed to the waiting lists, one activity at a time.

    In the hours in which rounds leave: nobody is to read at midnight that her place is gone.
    """
    if not window.is_open(current_app.config["MAIL_WINDOW"], clock.now()):
        return
    for event in queries.events_with_lapsed_places():
        lifecycle.give_lapsed_places(event, LOCALES[0])
        db.session.commit()
        logger.info("places that lapsed were given on", activity=event.id)
