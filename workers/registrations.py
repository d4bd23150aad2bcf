"""Places that nobody took or confirmed in time go to those who wait."""

import structlog
from flask import current_app

from coopevents import clock
from coopevents.db import db
from coopevents.i18n import LOCALES
from coopevents.jobs import Job, celery
from coopevents.lifecycle import placing
from coopevents.mail import window
from coopevents.registrations import queries

logger = structlog.get_logger()


@celery.task(name=Job.GIVE_PLACES.value)
def give_places() -> None:
    """End offers whose time is over and give free places on, one activity at a time.

    In the hours in which rounds leave: nobody is to read at midnight that her place is gone.
    """
    if not window.is_open(current_app.config["MAIL_WINDOW"], clock.now()):
        return
    for event in queries.events_to_rebalance():
        event_id = event.id
        placing.rebalance(event, LOCALES[0])
        db.session.commit()
        logger.info("the waiting list was looked after", activity=event_id)
